"""Corrupted images on disk, in the layout of CIFAR-10-C."""
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Sequence, Union

import cv2
import numpy as np
from numpy.random import Generator

from protune_mm.datasets.published.corruptions import SEVERITIES
from protune_mm.errors import UserError
from protune_mm.limits import check_least
from .made_once import put_in_place, read_record

_RECORD = 'corrupted.json'
# To be raised when the same arguments give other files than before.
_VERSION = 1


def _gaussian_noise(image: np.ndarray, deviation: float,
                    rng: Generator) -> np.ndarray:
    return image + rng.normal(0, deviation, image.shape)


def _shot_noise(image: np.ndarray, grain: float, rng: Generator) -> np.ndarray:
    return grain * rng.poisson(image / grain)


def _impulse_noise(image: np.ndarray, share: float,
                   rng: Generator) -> np.ndarray:
    extremes = 255 * rng.integers(2, size=image.shape)
    return np.where(rng.random(image.shape) < share, extremes, image)


def _speckle_noise(image: np.ndarray, deviation: float,
                   rng: Generator) -> np.ndarray:
    return image * rng.normal(1, deviation, image.shape)


def _defocus_blur(image: np.ndarray, radius: int,
                  rng: Generator) -> np.ndarray:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, 2 * [2 * radius + 1])
    return cv2.filter2D(image, -1, disc / disc.sum())


def _brightness(image: np.ndarray, shift: float, rng: Generator) -> np.ndarray:
    # Not an integer: sums of uint8 would wrap around.
    return image + float(shift)


def _contrast(image: np.ndarray, factor: float, rng: Generator) -> np.ndarray:
    return image.mean() + factor * (image - image.mean())


def _saturate(image: np.ndarray, factor: float, rng: Generator) -> np.ndarray:
    gray = image.mean(-1, keepdims=True)
    return gray + factor * (image - gray)


def _pixelate(image: np.ndarray, block: int, rng: Generator) -> np.ndarray:
    small = cv2.resize(
        image, None, fx=1 / block, fy=1 / block, interpolation=cv2.INTER_AREA)
    return cv2.resize(
        small, image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def _jpeg_compression(image: np.ndarray, quality: int,
                      rng: Generator) -> np.ndarray:
    _, code = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(code, cv2.IMREAD_COLOR)


# Function and its parameter for each severity. They are not CIFAR-10-C's, but
# chosen for images of some 64 px: gray values, shares, factors and pixels.
RECIPES = dict(
    gaussian_noise=(_gaussian_noise, (10, 20, 30, 45, 60)),
    shot_noise=(_shot_noise, (1, 4, 8, 16, 30)),
    impulse_noise=(_impulse_noise, (0.02, 0.05, 0.1, 0.17, 0.27)),
    defocus_blur=(_defocus_blur, (1, 2, 3, 4, 5)),
    brightness=(_brightness, (20, 40, 60, 80, 100)),
    contrast=(_contrast, (0.75, 0.6, 0.45, 0.3, 0.15)),
    pixelate=(_pixelate, (2, 3, 4, 6, 8)),
    jpeg_compression=(_jpeg_compression, (30, 20, 12, 7, 4)),
    speckle_noise=(_speckle_noise, (0.1, 0.2, 0.3, 0.45, 0.6)),
    saturate=(_saturate, (1.5, 2, 3, 5, 8)))


def corrupt(images: np.ndarray, corruption: str, severity: int,
            seed: int) -> np.ndarray:
    """Corrupt images.

    Args:
        images (np.ndarray): BGR images of shape ``(N, H, W, 3)``, uint8.
        corruption (str): One of ``RECIPES``.
        severity (int): 1 to 5.
        seed (int): Seed of the noise, not negative.

    Returns:
        np.ndarray: The corrupted images, of the same shape and type.
    """
    function, parameters = RECIPES[corruption]
    # Of its own for each call: the choice of corruptions changes no image.
    rng = np.random.default_rng((seed, [*RECIPES].index(corruption), severity))
    corrupted = np.stack(
        [function(image, parameters[severity - 1], rng) for image in images])
    return corrupted.round().clip(0, 255).astype(np.uint8)


def _check_arguments(images: np.ndarray, labels: np.ndarray,
                     corruptions: Sequence[str], seed: int) -> None:
    """Refuse what cannot be corrupted."""
    check_least('make_corrupted', seed=(seed, 0))
    unknown = [name for name in corruptions if name not in RECIPES]
    if unknown:
        raise UserError(
            f'make_corrupted: corruptions={unknown} are not known; '
            f'give some of {", ".join(RECIPES)}.')
    if (images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3
            or labels.shape != images.shape[:1]):
        raise UserError(
            f'make_corrupted: images of {images.dtype} and shape '
            f'{images.shape} with labels of shape {labels.shape} do not fit; '
            'give uint8 of shape (N, H, W, 3) and N labels.')


def _is_made(root: Path, arguments: dict) -> bool:
    """Tell whether the set stands in ``root`` already."""
    if not root.exists():
        return False
    record = root / _RECORD
    if not record.is_file() or read_record(record) != arguments:
        raise UserError(f'"{root}" exists and is not the set of corrupted '
                        'images asked for; give another root, or delete it '
                        'if you do not need it.')
    return True


def make_corrupted(images: np.ndarray,
                   labels: Sequence[int],
                   root: Union[str, Path],
                   corruptions: Sequence[str] = tuple(RECIPES),
                   seed: int = 0) -> Path:
    """Write corrupted images in the layout of CIFAR-10-C.

    See :class:`~.corruptions.CorruptedDataset` for the layout. The same
    arguments give the same bytes; a set that is there already is left as it
    is. The strengths of the corruptions are our own choice, so that results
    cannot be compared with those on CIFAR-10-C.

    Args:
        images (np.ndarray): BGR images of shape ``(N, H, W, 3)``, uint8.
        labels (Sequence[int]): Class of each image.
        root (str | Path): Folder of the set. It must not exist, or hold a
            set made with the same arguments.
        corruptions (Sequence[str]): Some of ``RECIPES``. Defaults to all.
        seed (int): Seed of the noise, not negative. Defaults to 0.

    Returns:
        Path: The folder of the set.

    Raises:
        UserError: If the images and labels do not fit, a corruption is not
            known, ``seed`` is out of range, or ``root`` exists and is not
            this very set.
    """
    root, labels = Path(root), np.asarray(labels)
    _check_arguments(images, labels, corruptions, seed)
    content = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    arguments = dict(
        version=_VERSION,
        shape=list(images.shape),
        content=content,
        corruptions=list(corruptions),
        seed=seed)
    if _is_made(root, arguments):
        return root
    root.parent.mkdir(parents=True, exist_ok=True)
    # Renamed when complete: a broken-off set never stands in ``root``.
    with tempfile.TemporaryDirectory(
            prefix=f'.{root.name}-', dir=root.parent) as folder:
        unfinished = Path(folder, 'set')
        unfinished.mkdir()
        for name in corruptions:
            parts = [corrupt(images, name, s, seed) for s in SEVERITIES]
            np.save(unfinished / f'{name}.npy', np.concatenate(parts))
        np.save(unfinished / 'labels.npy', np.tile(labels, len(SEVERITIES)))
        (unfinished / _RECORD).write_text(json.dumps(arguments))
        put_in_place(unfinished, root, lambda: _is_made(root, arguments))
    return root
