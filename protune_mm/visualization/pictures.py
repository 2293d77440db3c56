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

    Args:
        cfg (Config): Config of any model.
        checkpoint (str): Its trained weights.
        number (int): How many images.

    Yields:
        tuple: The RGB image ``(H, W, 3)``, the data sample with ground truth
        and predictions, and the data set's meta information.
    """
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
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
        image = cv2.imread(sample.img_path)[..., ::-1]
        yield image, sample, loader.dataset.metainfo


def enlarge(image: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge an image so that labels have room.

    Args:
        image (np.ndarray): Of shape ``(H, W, 3)``.
        scale (int): The factor.

    Returns:
        np.ndarray: Of shape ``(scale * H, scale * W, 3)``.
    """
    return cv2.resize(image, None, fx=scale, fy=scale)


def write_sheet(pictures: List[np.ndarray], path: Path) -> Path:
    """Write pictures of one size in two columns.

    Args:
        pictures (list[np.ndarray]): RGB, each ``(H, W, 3)``.
        path (Path): A ``.png`` to write.

    Returns:
        Path: The file.
    """
    half = max(1, len(pictures) // 2)
    columns = [np.vstack(pictures[:half])]
    if len(pictures) > 1:
        columns.append(np.vstack(pictures[half:2 * half]))
    _, content = cv2.imencode('.png', np.hstack(columns)[..., ::-1])
    write_whole(path, content.tobytes())
    return path
