"""A picture of segmentations beside the ground truth."""
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.structures import PixelData
from torch.nn.functional import interpolate

from .pictures import enlarge, predict_first, write_sheet


def segmentation_picture(cfg: Config,
                         checkpoint: str,
                         path: Path,
                         number: int = 4,
                         scale: int = 2) -> Path:
    """Draw the first validation images: ground truth left, predicted right.

    Args:
        cfg (Config): Config of a segmentor.
        checkpoint (str): Its trained weights.
        path (Path): A ``.png`` to write.
        number (int): How many images. Default: 4.
        scale (int): Enlargement of each image. Default: 2.

    Returns:
        Path: The picture.
    """
    from mmseg.structures import SegDataSample
    from mmseg.visualization import SegLocalVisualizer
    drawer = SegLocalVisualizer(alpha=0.6)
    pictures = []
    for image, sample, meta in predict_first(cfg, checkpoint, number):
        drawer.dataset_meta = meta
        halves = []
        for name in ('gt_sem_seg', 'pred_sem_seg'):
            labels = sample.get(name).data[None].float()
            larger = interpolate(labels, scale_factor=scale)[0].long()
            # The drawer keeps but one picture, so each is drawn by itself.
            half = SegDataSample(**{name: PixelData(data=larger)})
            drawer.add_datasample(
                'demo', enlarge(image, scale), half, show=False)
            halves.append(drawer.get_image())
        pictures.append(np.hstack(halves))
    return write_sheet(pictures, path)
