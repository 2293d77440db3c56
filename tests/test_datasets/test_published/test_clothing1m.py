"""Tests of Clothing1M on lists like the official ones."""
import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.clothing1m import Clothing1M
from protune_mm.errors import UserError

# The official sizes, but for the noisy split, whose size is not checked.
SIZES = dict(
    clean_train=('clean_train', 47570),
    noisy_train=('noisy_train', 60000),
    val=('clean_val', 14313),
    test=('clean_test', 10526))


def image(number):
    return f'images/{number % 10}/{number % 100:02d}/{number},{number}.jpg'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """The lists; labels are an image's number, or one more if noisy."""
    root = tmp_path_factory.mktemp('Clothing1M')
    start = 0
    for name, size in SIZES.values():
        (root / f'{name}_key_list.txt').write_text(''.join(
            f'{image(i)}\n' for i in range(start, start + size)))
        (root / image(start)).parent.mkdir(parents=True, exist_ok=True)
        (root / image(start)).touch()
        start += size
    for kind, shift in (('clean', 0), ('noisy', 1)):
        (root / f'{kind}_label_kv.txt').write_text(''.join(
            f'{image(i)} {(i + shift) % 14}\n' for i in range(start)))
    (root / 'category_names_eng.txt').write_text(''.join(f'Kind {i}\n'
                                                         for i in range(14)))
    return root


@pytest.mark.parametrize('split', SIZES)
def test_official_lists(root, split):
    dataset = DATASETS.build(
        dict(type='Clothing1M', data_root=str(root), split=split))
    assert len(dataset) == SIZES[split][1]
    assert dataset.test_mode == (split in ('val', 'test'))
    assert dataset.CLASSES == tuple(f'Kind {i}' for i in range(14))
    sizes = [size for _, size in SIZES.values()]
    number = sum(sizes[:list(SIZES).index(split)]) + 5
    info = dataset.get_data_info(5)
    assert info['img_path'] == f'{root}/{image(number)}'
    assert info['gt_label'] == (number + (split == 'noisy_train')) % 14


def copy_small(root, folder, keys=1):
    """Copy the start of the lists of the test split."""
    for name in ('clean_test_key_list.txt', 'category_names_eng.txt'):
        lines = (root / name).read_text().splitlines(keepends=True)
        (folder / name).write_text(''.join(lines[:14]))
    lines = (folder / 'clean_test_key_list.txt').read_text().split()
    (folder / 'clean_label_kv.txt').write_text(''.join(
        f'{line} 0\n' for line in lines[:keys]))


def test_image_without_label(root, tmp_path):
    copy_small(root, tmp_path, keys=12)
    with pytest.raises(UserError, match='has no label of 2 images of'):
        Clothing1M(str(tmp_path), 'test')


def test_short_list_is_refused(root, tmp_path):
    copy_small(root, tmp_path, keys=14)
    with pytest.raises(
            UserError, match="14 images of split='test', not 10526"):
        Clothing1M(str(tmp_path), 'test')


def test_missing_lists(tmp_path):
    with pytest.raises(
            UserError,
            match='clean_val_key_list.txt" is missing; request the data as '
            'https://github.com/Cysu/noisy_label tells'):
        Clothing1M(str(tmp_path), 'val')
