"""Tests of the subsets of ImageNet-1K."""
import pytest
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.imagenet_a import ImageNetA
from protune_mm.datasets.published.imagenet_r import ImageNetR
from protune_mm.datasets.published.imagenet_subset import ImageNetSubset
from protune_mm.datasets.published.imagenet_wnids import load_wnids
from protune_mm.errors import UserError

# The classes of both subsets, and one (tench) that is in neither.
WNIDS = sorted(
    {*load_wnids('imagenet_a'), *load_wnids('imagenet_r'), 'n01440764'})


def make_imagenet(root, split='train', number=2, listed=False):
    """Make some images a class, with the labels 0 to 314 in the list."""
    files = [f'{w}/{w}_{i}.JPEG' for w in WNIDS for i in range(number)]
    for file in files:
        path = root / split / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    if listed:
        (root / 'meta').mkdir()
        (root / 'meta' / f'{split}.txt').write_text(''.join(
            f'{file} {i // number}\n' for i, file in enumerate(files)))
    return str(root)


@pytest.mark.parametrize('listed', [False, True])
@pytest.mark.parametrize('subset, test_set', [('imagenet_a', ImageNetA),
                                              ('imagenet_r', ImageNetR)])
def test_labels_are_those_of_the_test_set(tmp_path, listed, subset, test_set):
    root = make_imagenet(tmp_path, listed=listed)
    dataset = DATASETS.build(
        dict(
            type='ImageNetSubset',
            data_root=root,
            subset=subset,
            check_size=False))
    assert bool(dataset.ann_file) == listed
    assert len(dataset) == 400
    assert dataset.CLASSES == test_set.METAINFO['classes']
    for i in range(400):
        info = dataset.get_data_info(i)
        wnid = dataset.CLASSES[info['gt_label']]
        assert info['img_path'] == f'{root}/train/{wnid}/{wnid}_{i % 2}.JPEG'


def test_subset_from_a_file(tmp_path):
    root = make_imagenet(tmp_path)
    file = tmp_path / 'mine.txt'
    file.write_text('n01498041\nn01440764\n')
    dataset = ImageNetSubset(root, str(file), check_size=False)
    assert dataset.CLASSES == ('n01440764', 'n01498041')
    assert dataset.get_gt_labels().tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize('split, least', [('train', 732), ('val', 50)])
def test_number_of_images_a_class(tmp_path, split, least):
    file = tmp_path / 'mine.txt'
    file.write_text('n01498041\nn01440764\n')
    for wnid in file.read_text().split():
        (tmp_path / split / wnid).mkdir(parents=True)
        for i in range(least):
            (tmp_path / split / wnid / f'{i}.JPEG').touch()
    root = str(tmp_path)
    assert len(ImageNetSubset(root, str(file), split)) == 2 * least
    (tmp_path / split / wnid / '7.JPEG').unlink()
    with pytest.raises(
            UserError,
            match=f'1 of 2 classes have too few images in "{root}/{split}", '
            f'{wnid} with {least - 1} instead of {least} or more the first; '
            'unpack ILSVRC 2012'):
        ImageNetSubset(root, str(file), split)


def test_class_without_images(tmp_path):
    root = make_imagenet(tmp_path)
    (tmp_path / 'train/n01498041').rename(tmp_path / 'elsewhere')
    with pytest.raises(
            UserError, match='1 of 200 classes .* n01498041 with 0 '):
        ImageNetSubset(root, 'imagenet_a', check_size=False)


@pytest.mark.parametrize('gone, named', [
    ('train', 'train/n01498041/n01498041_0.JPEG'),
    ('meta/train.txt', 'meta/train.txt'),
])
def test_missing_files_of_a_list(tmp_path, gone, named):
    root = make_imagenet(tmp_path, listed=True)
    (tmp_path / gone).rename(tmp_path / 'elsewhere')
    with pytest.raises(UserError, match=f'"{root}/{named}" is missing'):
        ImageNetSubset(
            root, 'imagenet_a', ann_file='meta/train.txt', check_size=False)


def test_missing_folder(tmp_path):
    with pytest.raises(UserError, match=f'"{tmp_path}/val" is missing'):
        ImageNetSubset(str(tmp_path), 'imagenet_r', 'val')
