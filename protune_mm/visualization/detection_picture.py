"""A picture of detections beside the ground truth."""
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from torch.nn.functional import interpolate

from .pictures import enlarge, predict_first, write_sheet


def _enlarge(instances, scale: int) -> None:
    """Scale boxes and masks in place, so that labels have room."""
    instances.bboxes = instances.bboxes * scale
    masks = torch.as_tensor(np.asarray(instances.masks)).float()
    instances.masks = interpolate(
        masks[:, None], scale_factor=scale)[:, 0].bool().numpy()


def _plain_ground_truth(instances) -> None:
    """Replace mmdet's box and bitmap classes by what the drawer takes."""
    instances.bboxes = getattr(instances.bboxes, 'tensor', instances.bboxes)
    instances.masks = instances.masks.to_ndarray()


def detection_picture(cfg: Config,
                      checkpoint: str,
                      path: Path,
                      number: int = 4,
                      scale: int = 2,
                      score_thr: float = 0.5) -> Path:
    """Draw the first validation images: ground truth left, detections right.

    Args:
        cfg (Config): Config of a detector with masks.
        checkpoint (str): Its trained weights.
        path (Path): A ``.png`` to write.
        number (int): How many images. Default: 4.
        scale (int): Enlargement of each image. Default: 2.
        score_thr (float): Least score of a drawn detection. Default: 0.5.

    Returns:
        Path: The picture.
    """
    from mmdet.visualization import DetLocalVisualizer
    drawer = DetLocalVisualizer()
    pictures = []
    for image, sample, meta in predict_first(cfg, checkpoint, number):
        _plain_ground_truth(sample.gt_instances)
        for instances in (sample.gt_instances, sample.pred_instances):
            _enlarge(instances, scale)
        drawer.dataset_meta = meta
        drawer.add_datasample(
            'demo',
            enlarge(image, scale),
            sample,
            show=False,
            pred_score_thr=score_thr)
        pictures.append(drawer.get_image())
    return write_sheet(pictures, path)
