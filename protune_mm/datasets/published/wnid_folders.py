"""What ImageNet-A and ImageNet-R have in common."""
from typing import List

from mmpretrain.datasets import CustomDataset
from mmpretrain.datasets.custom import find_folders

from protune_mm.errors import UserError
from .expected_size import ExpectedSize


class WnidFolders(ExpectedSize, CustomDataset):
    """Base of test sets with a folder for each of 200 WordNet IDs.

    A subclass names the IDs, sorted, in ``METAINFO``; the index of an ID is
    its label.

    Args:
        data_root (str): The folder that holds the 200 folders.
        **kwargs: Other arguments of :class:`ExpectedSize` and mmpretrain's
            ``CustomDataset``.

    Raises:
        UserError: If the folders are not the 200, or the number of images is
            wrong.
    """

    def __init__(self, data_root: str, **kwargs) -> None:
        self.choose_split('test')
        super().__init__(data_root=data_root, test_mode=True, **kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images, after a look at the folders.

        Returns:
            list[dict]: Items with ``img_path`` and ``gt_label``.
        """
        self.require(self.img_prefix)
        found = set(find_folders(self.img_prefix)[0])
        expected = set(self.METAINFO['classes'])
        missing, others = sorted(expected - found), sorted(found - expected)
        if missing or others:
            raise UserError(
                f'{self.name}: "{self.img_prefix}" must hold the folders of '
                f'its 200 classes and no other; missing: {_some(missing)}; '
                f'not among them: {_some(others)}; {self.remedy}.')
        return super().load_data_list()


def _some(names: List[str]) -> str:
    """Count names and show the first."""
    return f'{len(names)} ({names[0]}, ...)' if names else 'none'
