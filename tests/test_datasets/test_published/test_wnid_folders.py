"""Tests of the look at the class folders, on ImageNet-A."""
import pytest

from protune_mm.datasets.published.imagenet_a import ImageNetA
from protune_mm.datasets.published.imagenet_wnids import load_wnids
from protune_mm.errors import UserError

WNIDS = load_wnids('imagenet_a')


@pytest.fixture
def root(tmp_path):
    for wnid in WNIDS:
        (tmp_path / wnid).mkdir()
        (tmp_path / wnid / '0.jpg').touch()
    return tmp_path


def test_wrong_number_is_refused(root):
    with pytest.raises(
            UserError, match="200 images of split='test', not 7500"):
        ImageNetA(str(root))
    assert len(ImageNetA(str(root), check_size=False)) == 200


@pytest.mark.parametrize('old, new, message', [
    (WNIDS[7], 'n01440764',
     rf'missing: 1 \({WNIDS[7]}, ...\); not among them: 1 \(n01440764, '),
    (WNIDS[7], '../gone', rf'missing: 1 \({WNIDS[7]}, .*them: none; unpack '
     'https://people.eecs.berkeley.edu/~hendrycks/imagenet-a.tar'),
])
def test_wrong_folders(root, old, new, message):
    (root / old).rename(root / new)
    with pytest.raises(UserError, match=message):
        ImageNetA(str(root), check_size=False)


def test_missing_root(tmp_path):
    with pytest.raises(UserError, match='nowhere" is missing; unpack https'):
        ImageNetA(str(tmp_path / 'nowhere'))
