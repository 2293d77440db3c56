"""One frozen backbone, many tasks."""
import gc
import os
import threading
from typing import Any, Dict, Iterable, List, Sequence, Union

import torch
from mmengine.config import Config

from protune_mm.errors import UserError
from protune_mm.hosts.shared_prefix import share_prefix, shared_prefixes
from protune_mm.tuning.shared_tensors import SharedTensors
from .image_pipeline import Image
from .pool_size import PoolSize
from .task import Task
from .task_size import measure


def _check_device(device: str) -> None:
    try:
        torch.empty((), device=device)
    # What torch was built without, asserts.
    except (AssertionError, RuntimeError) as error:
        reason = str(error).split('\n')[0]
        raise UserError(f"device='{device}' cannot be used ({reason}): choose "
                        "another, such as 'cpu'.") from None


class TaskPool:
    """Trained models that share their frozen tensors.

    Tasks whose backbones have equal frozen tensors, of whatever host, hold one
    copy of them. Predictions are those of the models alone, bit for bit.
    Threads may predict, add and remove at the same time.

    Args:
        device (str): Where the tasks compute. Default: 'cpu'.

    Raises:
        UserError: If there is no such device.

    Example:
        >>> from protune_mm.apis import TaskPool
        >>> pool = TaskPool()
        >>> pool.names()
        []
    """

    def __init__(self, device: str = 'cpu') -> None:
        _check_device(device)
        self.device = device
        self._lock = threading.Lock()
        self._tasks: Dict[str, Task] = {}
        self._tensors = SharedTensors()

    def add(self,
            name: str,
            source: Union[str, os.PathLike],
            config: Union[None, str, os.PathLike, Config] = None,
            replace: bool = False) -> None:
        """Load a task; others go on predicting meanwhile.

        Args:
            name (str): What it is called from now on.
            source (str | os.PathLike): A checkpoint or, without ``config``, a
                published folder or its URL.
            config (str | os.PathLike | Config, optional): The config that it
                was trained with, or its path. Default: None.
            replace (bool): Whether it takes the place of a task of that
                name, which answers until this one is ready. Default: False.

        Raises:
            UserError: If the name is taken, or it cannot be loaded.
        """
        self._refuse_taken(name, replace)
        task = Task(name, source, config, self.device)
        self._tensors.share(task.model)
        share_prefix(task.model)
        with self._lock:
            # Another thread may have been faster.
            self._refuse_taken(name, replace)
            former = self._tasks.get(name)
            self._tasks[name] = task
        if former is not None:
            del former
            gc.collect()

    def _refuse_taken(self, name: str, replace: bool) -> None:
        if name in self._tasks and not replace:
            raise UserError(
                f"There is a task '{name}' already: choose another "
                'name, or set replace=True.')

    def remove(self, name: str) -> None:
        """Forget a task; what no other one shares is freed.

        Predictions of it that have begun come to their end.

        Args:
            name (str): Its name.

        Raises:
            UserError: If there is no such task.
        """
        with self._lock:
            self._find([name])
            del self._tasks[name]
        # Hooks and modules name each other, which reference counts keep.
        gc.collect()

    def predict(self, names: Union[str, Sequence[str]],
                images: Union[Image, Sequence[Image]]) -> Any:
        """Predict with one task or with several.

        Several compute what their backbones have in common before the first
        prompt once, where it gets the same image.

        Args:
            names (str | Sequence[str]): A task, or several.
            images (str | os.PathLike | np.ndarray | Sequence): One image or
                several, as paths, URLs, or arrays ``(H, W, 3)`` of uint8 in
                BGR.

        Returns:
            The host's data sample, of several images a list; of several tasks
            a dict of these by the names of tasks.

        Raises:
            UserError: If there is no such task, or one is no image.
        """
        several = not isinstance(names, str)
        with self._lock:
            tasks = self._find(dict.fromkeys(names) if several else [names])
        if not several:
            return tasks[0].predict(images)
        if not isinstance(images, (list, tuple)):
            return self._predict_all(tasks, images)
        of_images = [self._predict_all(tasks, image) for image in images]
        return {
            task.name: [results[task.name] for results in of_images]
            for task in tasks
        }

    @staticmethod
    def _predict_all(tasks: Sequence[Task], image: Image) -> Dict[str, Any]:
        with shared_prefixes():
            return {task.name: task.predict(image) for task in tasks}

    def _find(self, names: Iterable[str]) -> List[Task]:
        """Return tasks; the lock is held."""
        for name in names:
            if name not in self._tasks:
                there = ', '.join(sorted(self._tasks)) or 'none'
                raise UserError(f"There is no task '{name}': add it, or "
                                f'choose one of those there are: {there}.')
        return [self._tasks[name] for name in names]

    def names(self) -> List[str]:
        """Return the names of the tasks, in the order they came.

        Returns:
            list[str]: Names.
        """
        with self._lock:
            return list(self._tasks)

    def classes(self, name: str) -> List[str]:
        """Return the names of the classes of a task.

        Args:
            name (str): Its name.

        Returns:
            list[str]: Names by label; empty if they are unknown.

        Raises:
            UserError: If there is no such task.
        """
        with self._lock:
            task, = self._find([name])
        return list(task.model.dataset_meta.get('classes') or ())

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def size(self) -> PoolSize:
        """Measure parameters and buffers of the tasks.

        Returns:
            PoolSize: Bytes.
        """
        with self._lock:
            tasks = list(self._tasks.values())
        return PoolSize(*measure(tasks))

    def summary(self) -> str:
        """Draw a table of what each task takes alone and shares.

        Returns:
            str: A line a task, and the sums.
        """
        return self.size().table()
