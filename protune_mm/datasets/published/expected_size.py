"""Data sets that know their published size and where they come from."""
from pathlib import Path
from typing import Dict, List, Optional

from protune_mm.errors import UserError


class ExpectedSize:
    """Mixin for mmpretrain's data sets: refuses missing or incomplete data.

    A subclass names its splits in ``SIZES`` and where its files come from in
    ``SOURCE``, and calls :meth:`choose_split` before ``super().__init__``.

    Args:
        check_size (bool): Whether to refuse a split that does not have its
            published number of images. Defaults to True.
        **kwargs: Arguments of the next base class.

    Raises:
        UserError: If files are missing, or the number of images is wrong.
    """

    # The number of images of each split; None where it is not checked.
    SIZES: Dict[str, Optional[int]]
    # What to do to get the files: the first half of a sentence.
    SOURCE: str

    def __init__(self, check_size: bool = True, **kwargs) -> None:
        self.check_size = check_size
        super().__init__(**kwargs)

    def choose_split(self, split: str) -> None:
        """Set ``self.split``.

        Args:
            split (str): A key of ``SIZES``.

        Raises:
            UserError: If there is no such split.
        """
        if split not in self.SIZES:
            raise UserError(f"{self.name}: split='{split}' is not known; give "
                            f'one of {", ".join(self.SIZES)}.')
        self.split = split

    def require(self, path: str) -> None:
        """Refuse data without a file or folder.

        Args:
            path (str): The file or folder.

        Raises:
            UserError: If it does not exist.
        """
        if not Path(path).exists():
            raise UserError(f'{self.name}: "{Path(path)}" is missing; '
                            f'{self.remedy}.')

    @property
    def name(self) -> str:
        """str: Name of the class."""
        return type(self).__name__

    @property
    def remedy(self) -> str:
        """str: How to get the files, as the second half of a sentence."""
        return (f'{self.SOURCE} so that data_root="{self.data_root}" has the '
                f"layout that {self.name}'s docstring draws")

    def filter_data(self) -> List[dict]:
        """Check the images, before ``indices`` takes some of them.

        Returns:
            list[dict]: The images of the split.

        Raises:
            UserError: If their number is not the published one, or the first
                does not exist.
        """
        expected = self.SIZES[self.split]
        found = len(self.data_list)
        if self.check_size and expected not in (None, found):
            raise UserError(
                f'{self.name}: data_root="{self.data_root}" has {found} '
                f"images of split='{self.split}', not {expected}; complete "
                'the data, or give check_size=False for a subset of your own.')
        # The first tells whether the images lie where a list says.
        for info in self.data_list[:1]:
            self.require(info['img_path'])
        return super().filter_data()

    def extra_repr(self) -> List[str]:
        """Tell the root, as mmpretrain's data sets do.

        Returns:
            list[str]: The lines to print.
        """
        return [f'Root of dataset: \t{self.data_root}']
