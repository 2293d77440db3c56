"""What the tasks of a pool take in memory, as numbers and as a table."""
from typing import NamedTuple, Sequence

from protune_mm.costs.text_table import draw, megabytes
from .task_size import TaskSize

HEADINGS = ('task', 'host', 'model', 'own, MB', 'shared, MB')


class PoolSize(NamedTuple):
    """Bytes of parameters and buffers.

    Args:
        tasks (Sequence[TaskSize]): A size a task.
        in_memory (int): Of all tasks together.
    """
    tasks: Sequence[TaskSize]
    in_memory: int

    @property
    def separate(self) -> int:
        """int: What the tasks would take if they shared nothing."""
        return sum(size.own + size.shared for size in self.tasks)

    def table(self) -> str:
        """Draw the sizes.

        Returns:
            str: A line a task, and the sums.
        """
        rows = [(size.name, size.host, size.model, megabytes(size.own),
                 megabytes(size.shared)) for size in self.tasks]
        sums = (f'In memory: {megabytes(self.in_memory)} MB; as separate '
                f'models: {megabytes(self.separate)} MB.')
        return f'{draw(HEADINGS, rows)}\n{sums}'
