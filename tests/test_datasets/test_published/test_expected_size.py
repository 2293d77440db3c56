"""Tests of the checks that data sets share."""
import pytest
from mmpretrain.datasets import BaseDataset

from protune_mm.datasets.published.expected_size import ExpectedSize
from protune_mm.errors import UserError


class Trio(ExpectedSize, BaseDataset):
    """Images to a given number, of a set that should hold three."""

    SIZES = dict(train=3, noisy=None)
    SOURCE = 'unpack trio.tar'

    def __init__(self, data_root, number, split='train', **kwargs):
        self.choose_split(split)
        self.number = number
        super().__init__(data_root=str(data_root), ann_file='', **kwargs)

    def load_data_list(self):
        return [
            dict(img_path=f'{self.data_root}/{i}.jpg', gt_label=i)
            for i in range(self.number)
        ]


@pytest.fixture
def root(tmp_path):
    (tmp_path / '0.jpg').touch()
    return tmp_path


def test_wrong_number_is_refused(root):
    assert len(Trio(root, 3)) == 3
    with pytest.raises(
            UserError,
            match=f'Trio: data_root="{root}" has 2 images of '
            "split='train', not 3; complete the data, or give "
            'check_size=False'):
        Trio(root, 2)


@pytest.mark.parametrize('options', [
    dict(number=2, check_size=False),
    dict(number=2, split='noisy'),
    dict(number=3, indices=[0, 2])
])
def test_subsets_are_accepted(root, options):
    assert len(Trio(root, **options)) == 2


def test_split_must_be_known(root):
    with pytest.raises(
            UserError,
            match="split='val' is not known; give one "
            'of train, noisy'):
        Trio(root, 3, split='val')


def test_first_image_must_exist(root):
    (root / '0.jpg').rename(root / 'elsewhere.jpg')
    with pytest.raises(
            UserError,
            match=f'Trio: "{root}/0.jpg" is missing; unpack trio.tar so that '
            f'data_root="{root}"'):
        Trio(root, 3)


def test_repr_names_the_root(root):
    assert f'Root of dataset: \t{root}' in repr(Trio(root, 3))
