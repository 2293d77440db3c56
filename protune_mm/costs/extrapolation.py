"""From steps on small images to one on large images."""
from typing import Callable, List, Sequence, Tuple

import numpy as np

from .image_size import Size

# Pixels of an image that is small enough to be measured as it is.
SMALL = 256 * 256


def _edges(edge: int, period: int, least: int) -> List[int]:
    """Choose one or two edges that leave the remainder of a large one."""
    first = edge % period
    while first < least:
        first += period
    return [edge] if first + period >= edge else [first, first + period]


def small_sizes(size: Size,
                period: int,
                least: int = 64) -> Tuple[List[int], List[int]]:
    """Choose sizes from which a large one can be told.

    Args:
        size (tuple[int, int]): The large one's height and width.
        period (int): Where the remainders of two edges by it are equal, maps
            are padded alike.
        least (int): No edge is less. Default: 64.

    Returns:
        tuple[list[int], list[int]]: One or two heights and widths; the large
        one itself if it is small enough, or not much larger.
    """
    height, width = size
    if height * width <= SMALL:
        return [height], [width]
    return _edges(height, period, least), _edges(width, period, least)


def _weights(edges: Sequence[int], edge: int) -> List[float]:
    """Return how much of each known edge is in another, linearly."""
    if len(edges) == 1:
        return [1.]
    share = (edge - edges[0]) / (edges[1] - edges[0])
    return [1 - share, share]


def at_size(measure: Callable[[Size], np.ndarray], edges: Tuple[Sequence[int],
                                                                Sequence[int]],
            size: Size) -> np.ndarray:
    """Tell a quantity at a large size from those at small ones.

    It is linear in height and in width: what is kept for each pixel, row,
    column and image.

    Args:
        measure (Callable): Takes a height and a width, returns an array.
        edges (tuple[Sequence[int], Sequence[int]]): Of :func:`small_sizes`.
        size (tuple[int, int]): The large size.

    Returns:
        np.ndarray: The quantity there.
    """
    heights, widths = edges
    return sum(a * b * measure((height, width))
               for height, a in zip(heights, _weights(heights, size[0]))
               for width, b in zip(widths, _weights(widths, size[1])))
