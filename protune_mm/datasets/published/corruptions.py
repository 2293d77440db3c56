"""Data sets in the layout of CIFAR-10-C: corruptions of five severities."""
from pathlib import Path
from typing import List, Sequence, Union

import numpy as np
from mmpretrain.datasets import BaseDataset

from protune_mm.datasets.corruption_names import EXTRA, STANDARD
from protune_mm.errors import UserError

SEVERITIES = (1, 2, 3, 4, 5)


class _Maps(dict):
    """Arrays by the path of their file, mapped when first asked for.

    A copy starts empty: copied maps would hold the pixels, which neither a
    data loader's workers nor a subset of the data set need.
    """

    def __missing__(self, path: Path) -> np.ndarray:
        self[path] = np.load(path, mmap_mode='r')
        return self[path]

    def __reduce__(self) -> tuple:
        return _Maps, ()


class CorruptedDataset(BaseDataset):
    """Base of the data sets in the layout of CIFAR-10-C.

    The layout: ::

        data_root
        ├── brightness.npy
        ├── ...
        └── labels.npy

    ``<corruption>.npy`` holds images of shape ``(5 * N, H, W, 3)``, uint8;
    rows N * (s - 1) to N * s - 1 are of severity s = 1, ..., 5.
    ``labels.npy``, of shape ``(5 * N,)``, is shared by all corruptions.

    The files are mapped to memory, and the list of items holds no pixels.

    Source: Hendrycks and Dietterich, "Benchmarking Neural Network Robustness
    to Common Corruptions and Perturbations",
    https://arxiv.org/abs/1903.12261.

    Args:
        data_root (str): Folder of the files.
        corruption (str | Sequence[str]): 'all' for ``CORRUPTIONS``,
            'standard' for those of them in ``STANDARD``, one name, or several.
            Defaults to 'all'.
        severity (int | Sequence[int] | None): One severity of 1 to 5, or
            several; None for all. Defaults to None.
        check_size (bool): Whether the set must have as many images and
            classes as the published one. Defaults to True.
        **kwargs: Other arguments of mmpretrain's ``BaseDataset``, such as
            ``pipeline``, ``metainfo`` and ``test_mode``.

    Raises:
        UserError: If a corruption or severity is not known, or a file is
            missing or not as described above.
    """

    CORRUPTIONS = STANDARD + EXTRA
    # N of the published set.
    IMAGES_PER_SEVERITY: int
    # What to do about missing or broken files in "{root}".
    SOURCE: str

    def __init__(self,
                 data_root: str,
                 corruption: Union[str, Sequence[str]] = 'all',
                 severity: Union[int, Sequence[int], None] = None,
                 check_size: bool = True,
                 **kwargs) -> None:
        self.name = type(self).__name__
        self.corruptions = self._select_corruptions(corruption)
        self.severities = self._select_severities(severity)
        self.check_size = check_size
        self._maps = _Maps()
        super().__init__(ann_file='', data_root=data_root, **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images, corruption by corruption, each by severity.

        Returns:
            list[dict]: Items with ``corruption``, ``severity``, ``row`` in
            the corruption's file, and ``gt_label``.

        Raises:
            UserError: If a file is missing or not as it should be.
        """
        labels = self._load_labels()
        number = len(labels) // len(SEVERITIES)
        data_list = []
        for corruption in self.corruptions:
            self._check_images(corruption, len(labels))
            for severity in self.severities:
                for row in range(number * (severity - 1), number * severity):
                    data_list.append(
                        dict(
                            corruption=corruption,
                            severity=severity,
                            row=row,
                            gt_label=labels[row]))
        return data_list

    def get_data_info(self, idx: int) -> dict:
        """Get an item and its image.

        Args:
            idx (int): Index of the item.

        Returns:
            dict: The item with ``img`` of shape ``(H, W, 3)``, uint8, and
            ``img_shape`` and ``ori_shape``, both ``(H, W)``.
        """
        info = super().get_data_info(idx)
        images = self._maps[self._path(info['corruption'])]
        # A copy: the map cannot be written to, as some transforms do.
        info['img'] = np.array(images[info['row']])
        info['img_shape'] = info['ori_shape'] = info['img'].shape[:2]
        return info

    def extra_repr(self) -> List[str]:
        """Describe the set's own arguments.

        Returns:
            list[str]: Lines for ``repr``.
        """
        return [
            f'Root of dataset: \t{self.data_root}',
            f'Corruptions: \t{", ".join(self.corruptions)}',
            f'Severities: \t{", ".join(map(str, self.severities))}'
        ]

    def _select_corruptions(
            self, corruption: Union[str, Sequence[str]]) -> List[str]:
        groups = dict(
            all=self.CORRUPTIONS,
            standard=[name for name in self.CORRUPTIONS if name in STANDARD])
        if isinstance(corruption, str):
            names = groups.get(corruption, [corruption])
        else:
            names = corruption
        if not names or set(names) - set(self.CORRUPTIONS):
            raise UserError(f"{self.name}: corruption={corruption!r} is not "
                            f"known; give 'all', 'standard' or some of "
                            f'{", ".join(self.CORRUPTIONS)}.')
        return list(names)

    def _select_severities(
            self, severity: Union[int, Sequence[int], None]) -> List[int]:
        if severity is None:
            severities = SEVERITIES
        elif isinstance(severity, int):
            severities = [severity]
        else:
            severities = severity
        if not severities or set(severities) - set(SEVERITIES):
            raise UserError(f'{self.name}: severity={severity!r} is not '
                            'known; give some of 1 to 5, or None.')
        return list(severities)

    def _path(self, name: str) -> Path:
        return Path(self.data_root, f'{name}.npy')

    def _error(self, name: str, problem: str) -> UserError:
        remedy = self.SOURCE.format(root=self.data_root)
        return UserError(
            f'{self.name}: "{self._path(name)}" {problem}; {remedy}.')

    def _open(self, name: str) -> np.ndarray:
        try:
            return self._maps[self._path(name)]
        except FileNotFoundError:
            raise self._error(name, 'is missing') from None
        # What numpy raises for a file cut short or of another format.
        except (EOFError, ValueError) as error:
            raise self._error(name, f'cannot be read ({error})') from error

    def _load_labels(self) -> List[int]:
        labels = self._open('labels')
        if (labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer)
                or not len(labels) or len(labels) % len(SEVERITIES)):
            raise self._error(
                'labels', f'holds {labels.dtype} of shape {labels.shape}, not '
                'integers of shape (5 * N,)')
        found = (len(labels) // len(SEVERITIES), labels.max() + 1)
        expected = (self.IMAGES_PER_SEVERITY, len(self.CLASSES))
        if self.check_size and found != expected:
            raise self._error(
                'labels', f'is for {found[0]} images per severity in '
                f'{found[1]} classes, not {expected[0]} in {expected[1]} '
                '(check_size=False takes a set of your own)')
        return labels.tolist()

    def _check_images(self, corruption: str, length: int) -> None:
        images = self._open(corruption)
        if (images.ndim != 4 or images.shape[::3] != (length, 3)
                or images.dtype != np.uint8):
            raise self._error(
                corruption, f'holds {images.dtype} of shape {images.shape}, '
                f'not uint8 of shape ({length}, H, W, 3) as its labels ask '
                'for')
