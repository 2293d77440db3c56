"""VTAB-1k: 19 tasks with 1,000 training images each."""
from typing import List, NamedTuple

from mmengine.fileio import join_path, list_from_file
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS

from protune_mm.errors import UserError
from .expected_size import ExpectedSize


class VTABTask(NamedTuple):
    """A task of VTAB-1k.

    Args:
        group (str): 'natural', 'specialized' or 'structured'.
        classes (int): Number of classes.
        test_size (int): Number of test images.
        is_exact (bool): Whether another number of test images is refused:
            where published code or documentation states it. Default: False.
    """
    group: str
    classes: int
    test_size: int
    is_exact: bool = False


TASKS = dict(
    cifar=VTABTask('natural', 100, 10000, True),
    caltech101=VTABTask('natural', 102, 6084),
    dtd=VTABTask('natural', 47, 1880, True),
    oxford_flowers102=VTABTask('natural', 102, 6149, True),
    oxford_iiit_pet=VTABTask('natural', 37, 3669, True),
    svhn=VTABTask('natural', 10, 26032, True),
    sun397=VTABTask('natural', 397, 21750),
    patch_camelyon=VTABTask('specialized', 2, 32768),
    eurosat=VTABTask('specialized', 10, 5400, True),
    resisc45=VTABTask('specialized', 45, 6300, True),
    diabetic_retinopathy=VTABTask('specialized', 5, 42670),
    clevr_count=VTABTask('structured', 8, 15000),
    clevr_dist=VTABTask('structured', 6, 15000),
    dmlab=VTABTask('structured', 6, 22735),
    kitti=VTABTask('structured', 4, 711),
    dsprites_loc=VTABTask('structured', 16, 73728, True),
    dsprites_ori=VTABTask('structured', 16, 73728, True),
    smallnorb_azi=VTABTask('structured', 18, 12150, True),
    smallnorb_ele=VTABTask('structured', 9, 12150, True))


@DATASETS.register_module()
class VTAB1k(ExpectedSize, BaseDataset):
    """A task of VTAB-1k, https://arxiv.org/abs/1910.04867, section 2.

    ``vtab-1k.zip``, with the lists of the NOAH project
    (https://github.com/ZhangYuanhan-AI/NOAH), unpacked: ::

        vtab-1k
        ├── caltech101
        │   ├── images
        │   ├── test.txt
        │   ├── train800.txt
        │   ├── train800val200.txt
        │   └── val200.txt
        ├── cifar
        └── ... (19 folders: TASKS of datasets/vtab1k.py)

    A line of a list is the path of an image below the task's folder and its
    label, from 0. The names of the classes are not in the archive: they are
    '0', '1' and so on.

    The benchmark chooses hyper-parameters by 'train800' and 'val200', then
    trains on both and reports the mean accuracy of each group of tasks.

    Args:
        data_root (str): The folder drawn above.
        task (str): A key of ``TASKS``. Defaults to 'cifar'.
        split (str): 'train800', 'val200', 'train800val200' or 'test'.
            Defaults to 'train800val200'.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``BaseDataset``.

    Raises:
        UserError: If the task or the split is not known, files are missing,
            a line is wrong, or the number of images is.

    Examples:
        >>> from protune_mm.datasets import VTAB1k
        >>> VTAB1k(data_root='data/vtab-1k', task='svhn', split='test')
        Dataset VTAB1k
            Number of samples:    26032
            Number of categories: 10
            Root of dataset:    data/vtab-1k
            Task:       svhn
    """

    SOURCE = ('unpack vtab-1k.zip of '
              'https://github.com/luogen1996/RepAdapter, with the lists of '
              'the NOAH project')

    def __init__(self,
                 data_root: str,
                 task: str = 'cifar',
                 split: str = 'train800val200',
                 **kwargs) -> None:
        if task not in TASKS:
            raise UserError(f"VTAB1k: task='{task}' is not known; give one of "
                            f'{", ".join(TASKS)}.')
        self.task = task
        self.SIZES = dict(
            train800=800,
            val200=200,
            train800val200=1000,
            test=TASKS[task].test_size if TASKS[task].is_exact else None)
        self.choose_split(split)
        super().__init__(
            data_root=data_root,
            ann_file=f'{task}/{split}.txt',
            data_prefix=task,
            test_mode=split in ('val200', 'test'),
            **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images and name the classes.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        self.require(self.ann_file)
        if self.CLASSES is None:
            numbers = range(TASKS[self.task].classes)
            self._metainfo['classes'] = tuple(map(str, numbers))
        return [self._parse(line) for line in list_from_file(self.ann_file)]

    def extra_repr(self) -> List[str]:
        """Tell the root and the task.

        Returns:
            list[str]: The lines to print.
        """
        return [*super().extra_repr(), f'Task: \t\t{self.task}']

    def _parse(self, line: str) -> dict:
        path, _, label = line.strip().rpartition(' ')
        classes = TASKS[self.task].classes
        if not (path and label.isdecimal() and int(label) < classes):
            raise UserError(f'VTAB1k: "{self.ann_file}" has the line "{line}",'
                            ' which is not a path and a label of 0 to '
                            f'{classes - 1}; {self.remedy}.')
        return dict(
            img_path=join_path(self.img_prefix, path), gt_label=int(label))
