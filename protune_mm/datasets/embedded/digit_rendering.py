"""Scenes of handwritten digits on photographs."""
from typing import Dict, Iterator, List, Sequence, Tuple, Union

import numpy as np
from PIL import Image

from .made_once import SPLITS
from .photographs import (PHOTOGRAPHS, crop_photograph, load_photograph,
                          paste_shape, transform_shape)

DIGIT_CLASSES = ('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven',
                 'eight', 'nine')
STUFF_CLASSES = PHOTOGRAPHS


def split_digits(seed: int) -> Dict[str, np.ndarray]:
    """Share out scikit-learn's digits between the splits, 3 to 1.

    Args:
        seed (int): Seed of the stratified split.

    Returns:
        dict[str, np.ndarray]: For each of ``SPLITS`` the indices of its
        digits in ``sklearn.datasets.load_digits``.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    labels = load_digits().target
    train, val = train_test_split(
        np.arange(len(labels)),
        test_size=0.25,
        stratify=labels,
        random_state=seed)
    return dict(train=train, val=val)


def digit_shape(digit: np.ndarray) -> Image.Image:
    """Turn the pixels of a digit into a smooth shape.

    Args:
        digit (np.ndarray): Ink of shape ``(8, 8)``, 0 to 16.

    Returns:
        PIL.Image.Image: Opacity, mode ``L``, 100 px wide and high.
    """
    # The margin lets strokes that touch the border fade out.
    ink = Image.fromarray(np.pad(digit * (255 / 16), 1).astype(np.uint8))
    smooth = ink.resize((100, 100), Image.Resampling.BICUBIC)
    # A steeper edge: the ink alone would look out of focus.
    return smooth.point(lambda value: 2 * value - 100)


def _place(rng: np.random.Generator, digit: np.ndarray,
           occupied: np.ndarray) -> Union[Tuple[np.ndarray, int, int], None]:
    """Find size, tilt and place for a digit on unoccupied ground."""
    size = len(occupied)
    shape = digit_shape(digit)
    for _ in range(20):
        side = rng.integers(22, 3 * size // 8 + 1)
        alpha = transform_shape(shape, rng.uniform(-15, 15), side)
        height, width = alpha.shape
        left = rng.integers(size - width + 1)
        top = rng.integers(size - height + 1)
        if not occupied[top:top + height, left:left + width].any():
            return alpha, left, top
    return None


def render_scene(rng: np.random.Generator, photo: np.ndarray,
                 digits: np.ndarray, labels: Sequence[int], size: int,
                 background: int) -> Tuple[np.ndarray, np.ndarray, List[dict]]:
    """Paste digits on a random crop of a photograph.

    A digit is 22 px to 3/8 of ``size`` high (or wide, if that is more) and
    tilted by up to 15 degrees. Boxes do not overlap; a digit for which no
    free place is found is left out.

    Args:
        rng (np.random.Generator): Source of randomness.
        photo (np.ndarray): Image of shape ``(H, W, 3)``, uint8.
        digits (np.ndarray): Ink of shape ``(N, 8, 8)``, 0 to 16.
        labels (Sequence[int]): Label of each digit.
        size (int): Side of the scene in pixels, at least 96.
        background (int): Label of the photograph.

    Returns:
        tuple: The image of shape ``(size, size, 3)``, uint8, in the
        channel order of ``photo``; the label map of shape ``(size, size)``,
        uint8; and for each pasted digit a dict with its ``position`` in
        ``digits``, its ``label`` and its ``mask`` of shape
        ``(size, size)``, bool.
    """
    image = crop_photograph(rng, photo, size)
    label_map = np.full((size, size), background, np.uint8)
    occupied = np.zeros((size, size), bool)
    instances = []
    for position, (digit, label) in enumerate(zip(digits, labels)):
        placed = _place(rng, digit, occupied)
        if placed is None:
            continue
        alpha, left, top = placed
        paste_shape(rng, image, alpha, (left, top))
        box = np.s_[top:top + len(alpha), left:left + alpha.shape[1]]
        occupied[box] = True
        mask = np.zeros((size, size), bool)
        mask[box] = alpha > 0.35
        label_map[mask] = label
        instances.append(dict(position=position, label=label, mask=mask))
    return image, label_map, instances


def iter_scenes(
    split: str,
    number: int,
    size: int,
    seed: int,
    backgrounds: Sequence[int] = (10, 11)
) -> Iterator[Tuple[np.ndarray, np.ndarray, List[dict]]]:
    """Render the scenes of a split, 2 to 6 digits each.

    Args:
        split (str): One of ``SPLITS``.
        number (int): Number of scenes.
        size (int): Side of a scene in pixels.
        seed (int): Seed of the set.
        backgrounds (Sequence[int]): Labels of the ``STUFF_CLASSES``.
            Defaults to (10, 11).

    Yields:
        tuple: RGB image, label map and instances, as
        :func:`render_scene` returns them; each instance has also its
        ``digit_index``, the index into ``sklearn.datasets.load_digits``.
    """
    from sklearn.datasets import load_digits
    data = load_digits()
    indices = split_digits(seed)[split]
    for i in range(number):
        rng = np.random.default_rng((seed, SPLITS.index(split), i))
        stuff = rng.integers(len(STUFF_CLASSES))
        chosen = rng.choice(indices, rng.integers(2, 7), replace=False)
        image, label_map, instances = render_scene(
            rng, load_photograph(STUFF_CLASSES[stuff]), data.images[chosen],
            data.target[chosen], size, backgrounds[stuff])
        for instance in instances:
            instance['digit_index'] = int(chosen[instance['position']])
        yield image, label_map, instances
