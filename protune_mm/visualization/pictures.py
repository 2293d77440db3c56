"""Pictures of predictions beside the ground truth."""
from pathlib import Path
from typing import Iterator, List, Tuple

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner, load_checkpoint

from protune_mm.atomic_backend import write_whole


def predict_first(cfg: Config, checkpoint: str,
                  number: int) -> Iterator[Tuple[np.ndarray, object, dict]]:
    """Predict the first validation images.

    Those that a data set makes in memory are drawn as the model gets them.

    Args:
        cfg (Config): Config of any model.
        checkpoint (str): Its trained weights.
        number (int): How many images.

    Yields:
        tuple: The RGB image ``(H, W, 3)``, the data sample with ground truth
        and predictions, and the data set's meta information.
    """
    model = cfg.model.copy()
    if cfg.get('data_preprocessor'):  # as a runner does
        model.setdefault('data_preprocessor', cfg.data_preprocessor)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(model)
        loader = Runner.build_dataloader(
            dict(
                cfg.val_dataloader,
                batch_size=1,
                num_workers=0,
                persistent_workers=False))
    load_checkpoint(model, checkpoint, map_location='cpu')
    model.eval()
    for _, batch in zip(range(number), loader):
        with torch.no_grad():
            sample = model.test_step(batch)[0].cpu()
        if 'img_path' in sample:
            image = cv2.imread(sample.img_path)
        else:
            image = batch['inputs'][0].permute(1, 2, 0).numpy()
        yield image[..., ::-1], sample, loader.dataset.metainfo


def enlarge(image: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge an image so that labels have room.

    Args:
        image (np.ndarray): Of shape ``(H, W, 3)``.
        scale (int): The factor.

    Returns:
        np.ndarray: Of shape ``(scale * H, scale * W, 3)``.
    """
    return cv2.resize(image, None, fx=scale, fy=scale)


def write_sheet(pictures: List[np.ndarray],
                path: Path,
                columns: int = 2) -> Path:
    """Write pictures of one size in columns of one length.

    Args:
        pictures (list[np.ndarray]): RGB, each ``(H, W, 3)``; the last ones
            are left out where they do not fill a row.
        path (Path): A ``.png`` to write.
        columns (int): How many, if there are as many pictures. Default: 2.

    Returns:
        Path: The file.
    """
    rows = max(1, len(pictures) // columns)
    used = pictures[:rows * columns]
    sheet = np.hstack(
        [np.vstack(used[i:i + rows]) for i in range(0, len(used), rows)])
    _, content = cv2.imencode('.png', sheet[..., ::-1])
    write_whole(path, content.tobytes())
    return path
