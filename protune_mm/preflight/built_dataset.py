"""What is inside built data sets: leaves, copies to try, a spread of items."""
import copy
from typing import Any, Iterator, List

from mmengine.dataset import BaseDataset


def leaves(dataset: Any) -> Iterator[BaseDataset]:
    """Find the data sets that read files, inside their wrappers.

    Args:
        dataset (Any): A built data set.

    Yields:
        BaseDataset: Those without a data set inside.
    """
    inside = getattr(dataset, 'datasets', None) or [
        getattr(dataset, name)
        for name in ('dataset', '_dataset') if hasattr(dataset, name)
    ]
    for child in inside:
        yield from leaves(child)
    if not inside and isinstance(dataset, BaseDataset):
        yield dataset


def copy_to_try(dataset: Any) -> Any:
    """Copy a data set so that its own pipelines stay as they are.

    Some remember what they have seen, as a mosaic's cache. The list of the
    images is shared, since it may be large.

    Args:
        dataset (Any): A built data set.

    Returns:
        Any: The copy.
    """
    other = copy.copy(dataset)
    for name in ('dataset', '_dataset'):
        if hasattr(dataset, name):
            setattr(other, name, copy_to_try(getattr(dataset, name)))
    if getattr(dataset, 'datasets', None):
        other.datasets = [copy_to_try(child) for child in dataset.datasets]
    if hasattr(dataset, 'pipeline'):
        try:
            other.pipeline = copy.deepcopy(dataset.pipeline)
        except TypeError:  # what holds a lock or a file cannot be copied
            pass
    return other


def spread(length: int, number: int) -> List[int]:
    """Choose indices: the first, the last and some in between.

    Args:
        length (int): How many there are.
        number (int): How many to choose, at least two.

    Returns:
        list[int]: Indices without repetition, all if there are few.
    """
    if length <= number:
        return list(range(length))
    return [i * (length - 1) // (number - 1) for i in range(number)]
