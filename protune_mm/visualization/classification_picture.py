"""A picture of images with the names that a classifier gives them."""
from pathlib import Path

from mmengine.config import Config

from .pictures import enlarge, predict_first, write_sheet


def classification_picture(cfg: Config,
                           checkpoint: str,
                           path: Path,
                           number: int = 12,
                           scale: int = 4) -> Path:
    """Draw the first validation images: true name above, predicted below it.

    Args:
        cfg (Config): Config of a classifier on images of one size.
        checkpoint (str): Its trained weights.
        path (Path): A ``.png`` to write.
        number (int): How many images. Default: 12.
        scale (int): Enlargement of each image. Default: 4.

    Returns:
        Path: The picture.
    """
    from mmpretrain.visualization import UniversalVisualizer
    drawer = UniversalVisualizer()
    pictures = []
    for image, sample, meta in predict_first(cfg, checkpoint, number):
        drawer.dataset_meta = meta
        pictures.append(
            drawer.visualize_cls(enlarge(image, scale), sample, show=False))
    return write_sheet(pictures, path, columns=4)
