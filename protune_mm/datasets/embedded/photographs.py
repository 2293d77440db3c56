"""Photographic backgrounds, and shapes pasted on them."""
from functools import lru_cache
from typing import Tuple

import numpy as np
from PIL import Image

PHOTOGRAPHS = ('china', 'flower')

_LUMA = np.array([0.299, 0.587, 0.114])


@lru_cache(maxsize=None)
def load_photograph(name: str) -> np.ndarray:
    """Load one of the photographs that scikit-learn ships.

    Args:
        name (str): One of ``PHOTOGRAPHS``.

    Returns:
        np.ndarray: RGB image of shape ``(427, 640, 3)``, uint8, read-only.
    """
    from sklearn.datasets import load_sample_image
    photo = load_sample_image(f'{name}.jpg')
    photo.setflags(write=False)
    return photo


def crop_photograph(rng: np.random.Generator, photo: np.ndarray,
                    size: int) -> np.ndarray:
    """Cut a random square, flipped and brightened at random.

    The square covers one to two times ``size`` of the photograph (at most
    its shorter side) and is resized to ``size``.

    Args:
        rng (np.random.Generator): Source of randomness.
        photo (np.ndarray): Image of shape ``(H, W, 3)``, uint8.
        size (int): Side of the result in pixels.

    Returns:
        np.ndarray: Image of shape ``(size, size, 3)``, uint8.
    """
    height, width = photo.shape[:2]
    short = min(height, width)
    side = rng.integers(min(size, short), min(2 * size, short) + 1)
    top = rng.integers(height - side + 1)
    left = rng.integers(width - side + 1)
    square = photo[top:top + side, left:left + side]
    if rng.random() < 0.5:
        square = square[:, ::-1]
    resized = Image.fromarray(np.ascontiguousarray(square)).resize(
        (size, size), Image.Resampling.BILINEAR)
    brightened = np.asarray(resized, np.float32) * rng.uniform(0.6, 1.3)
    return brightened.clip(0, 255).astype(np.uint8)


def random_background(rng: np.random.Generator, size: int) -> np.ndarray:
    """Cut a random square from a random photograph.

    Args:
        rng (np.random.Generator): Source of randomness.
        size (int): Side of the result in pixels.

    Returns:
        np.ndarray: RGB image of shape ``(size, size, 3)``, uint8.
    """
    photo = load_photograph(PHOTOGRAPHS[rng.integers(len(PHOTOGRAPHS))])
    return crop_photograph(rng, photo, size)


def contrasting_colour(rng: np.random.Generator,
                       background: np.ndarray,
                       contrast: float = 75.) -> np.ndarray:
    """Draw a random colour that stands out from a background colour.

    Args:
        rng (np.random.Generator): Source of randomness.
        background (np.ndarray): RGB colour of shape ``(3, )``, 0 to 255.
        contrast (float): Wanted difference in luma, 0 to 127.
            Defaults to 75.

    Returns:
        np.ndarray: RGB colour of shape ``(3, )``, 0 to 255.
    """
    colours = rng.integers(0, 256, (16, 3))
    distances = np.abs((colours - background) @ _LUMA)
    # The first colour far enough away or, should none be, the farthest.
    return colours[np.minimum(distances, contrast).argmax()]


def transform_shape(shape: Image.Image, angle: float, side: int) -> np.ndarray:
    """Rotate a shape, trim it and scale its longer side.

    Args:
        shape (PIL.Image.Image): Opacity of the shape, mode ``L``.
        angle (float): Counter-clockwise rotation in degrees.
        side (int): Longer side of the result in pixels.

    Returns:
        np.ndarray: Opacity of shape ``(h, w)``, float32, 0 to 1.
    """
    turned = shape.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    trimmed = turned.crop(turned.getbbox())
    scale = side / max(trimmed.size)
    width, height = (max(1, round(scale * s)) for s in trimmed.size)
    scaled = trimmed.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(scaled, np.float32) / 255


def pose_shape(rng: np.random.Generator, shape: Image.Image,
               size: int) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Draw size, tilt and place of a shape that lies alone in an image.

    Its longer side takes 0.3 to 0.95 of the image's, and it is tilted by up
    to 15 degrees.

    Args:
        rng (np.random.Generator): Source of randomness.
        shape (PIL.Image.Image): Opacity of the shape, mode ``L``.
        size (int): Side of the image in pixels.

    Returns:
        tuple: The opacity of shape ``(h, w)``, float32, 0 to 1; and left and
        top in pixels.
    """
    side = round(size * rng.uniform(0.3, 0.95))
    alpha = transform_shape(shape, rng.uniform(-15, 15), side)
    height, width = alpha.shape
    corner = (rng.integers(size - width + 1), rng.integers(size - height + 1))
    return alpha, corner


def paste_shape(rng: np.random.Generator, image: np.ndarray, alpha: np.ndarray,
                corner: Tuple[int, int]) -> None:
    """Paint a shape on an image, in place, in a contrasting random colour.

    Args:
        rng (np.random.Generator): Source of randomness.
        image (np.ndarray): Image of shape ``(H, W, 3)``, uint8.
        alpha (np.ndarray): Opacity of shape ``(h, w)``, 0 to 1.
        corner (tuple[int, int]): Left and top of the shape in pixels; the
            shape must lie inside the image.
    """
    left, top = corner
    height, width = alpha.shape
    under = image[top:top + height, left:left + width]
    alpha = alpha[..., None]
    background = (alpha * under).sum((0, 1)) / alpha.sum()
    colour = contrasting_colour(rng, background)
    under[:] = np.rint(alpha * colour + (1 - alpha) * under)
