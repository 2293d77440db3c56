"""Bytes of the tensors of a task."""
from collections import Counter
from typing import Dict, NamedTuple, Sequence, Tuple

from torch import nn

from .task import Task


class TaskSize(NamedTuple):
    """What a task takes in memory.

    Args:
        name (str): Its name.
        host (str): The library of its model.
        model (str): The type of its model.
        own (int): Bytes that no other task has.
        shared (int): Bytes that others have, too.
    """
    name: str
    host: str
    model: str
    own: int
    shared: int


def storages(model: nn.Module) -> Dict[Tuple, int]:
    """Find the memory behind parameters and buffers.

    Args:
        model (nn.Module): Any model.

    Returns:
        dict[tuple, int]: Bytes by place; what is at one place counts once.
    """
    found = {}
    for held in (model.parameters(), model.buffers()):
        for tensor in held:
            memory = tensor.untyped_storage()
            found[tensor.device, memory.data_ptr()] = memory.nbytes()
    return found


def measure(tasks: Sequence[Task]) -> Tuple[Sequence[TaskSize], int]:
    """Tell what tasks take.

    Args:
        tasks (Sequence[Task]): Some tasks.

    Returns:
        tuple[list[TaskSize], int]: A size a task, and the bytes of all in
        memory.
    """
    found = [storages(task.model) for task in tasks]
    holders = Counter(place for places in found for place in places)
    sizes = []
    for task, places in zip(tasks, found):
        shared = sum(size for place, size in places.items()
                     if holders[place] > 1)
        sizes.append(
            TaskSize(task.name, task.host,
                     type(task.model).__name__,
                     sum(places.values()) - shared, shared))
    together = {
        place: size
        for places in found
        for place, size in places.items()
    }
    return sizes, sum(together.values())
