"""A picture of detections beside the ground truth."""
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner, load_checkpoint
from torch import nn
from torch.nn.functional import interpolate


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
    from mmdet.registry import MODELS, VISUALIZERS
    model: nn.Module = MODELS.build(cfg.model)
    load_checkpoint(model, checkpoint, map_location='cpu')
    model.eval()
    loader = Runner.build_dataloader(
        dict(
            cfg.val_dataloader,
            batch_size=1,
            num_workers=0,
            persistent_workers=False))
    drawer = VISUALIZERS.build(
        dict(type='DetLocalVisualizer', name=f'demo-{path}', vis_backends=[]))
    drawer.dataset_meta = loader.dataset.metainfo
    rows = []
    for _, batch in zip(range(number), loader):
        with torch.no_grad():
            sample = model.test_step(batch)[0].cpu()
        _plain_ground_truth(sample.gt_instances)
        for instances in (sample.gt_instances, sample.pred_instances):
            _enlarge(instances, scale)
        image = cv2.imread(sample.img_path)[..., ::-1]
        image = cv2.resize(image, None, fx=scale, fy=scale)
        drawer.add_datasample(
            'demo', image, sample, show=False, pred_score_thr=score_thr)
        rows.append(drawer.get_image())
    half = max(1, len(rows) // 2)
    columns = [np.vstack(rows[:half])]
    if len(rows) > 1:
        columns.append(np.vstack(rows[half:2 * half]))
    cv2.imwrite(str(path), np.hstack(columns)[..., ::-1])
    return path
