"""Tests of the layout of CIFAR-10-C, on a set of seven images."""
import pickle
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from protune_mm.datasets.published.corruptions import CorruptedDataset
from protune_mm.errors import UserError

N, H, W = 7, 6, 5
PIPELINE = [
    dict(type='Resize', scale=(10, 12)),
    dict(type='PackInputs', meta_keys=('corruption', 'severity', 'ori_shape'))
]


class Sevens(CorruptedDataset):
    METAINFO = dict(classes=('even', 'odd'))
    CORRUPTIONS = ('fog', 'snow', 'spatter')
    IMAGES_PER_SEVERITY = N
    SOURCE = 'put seven images into "{root}"'


@pytest.fixture
def data_root(tmp_path) -> str:
    """str: Files in which the pixels of a row hold file and row."""
    for number, name in enumerate(Sevens.CORRUPTIONS):
        images = np.zeros((5 * N, H, W, 3), np.uint8)
        images[..., 0] = number
        images[..., 1] = np.arange(5 * N)[:, None, None]
        np.save(tmp_path / f'{name}.npy', images)
    np.save(tmp_path / 'labels.npy', np.tile(np.arange(N) % 2, 5))
    return str(tmp_path)


def expected(names, severities) -> list:
    """Compute what an item's pixels, names and labels must be."""
    return [(Sevens.CORRUPTIONS.index(name), N * (severity - 1) + i, name,
             severity, i % 2) for name in names for severity in severities
            for i in range(N)]


def found(dataset) -> list:
    """Collect the same of a data set."""
    items = [dataset[i] for i in range(len(dataset))]
    return [(*item['img'][2, 3, :2].tolist(), item['corruption'],
             item['severity'], item['gt_label']) for item in items]


@pytest.mark.parametrize(
    'arguments, names, severities',
    [(dict(), Sevens.CORRUPTIONS, range(1, 6)),
     (dict(corruption='standard'), ['fog', 'snow'], range(1, 6)),
     (dict(corruption='spatter', severity=3), ['spatter'], [3]),
     (dict(corruption=['snow', 'fog'], severity=[5, 1]), ['snow', 'fog'
                                                          ], [5, 1])])
@pytest.mark.parametrize('serialize', [True, False])
def test_selection(data_root, arguments, names, severities, serialize):
    dataset = Sevens(data_root, serialize_data=serialize, **arguments)
    assert found(dataset) == expected(names, severities)


def test_item(data_root):
    item = Sevens(data_root)[4]
    assert item['img'].shape == (H, W, 3)
    assert item['img_shape'] == item['ori_shape'] == (H, W)
    item['img'][:] = 99
    assert (Sevens(data_root)[4]['img'] != 99).all()


def test_workers_deliver_packed_samples(data_root):
    dataset = Sevens(data_root, severity=[2, 4], pipeline=PIPELINE)
    loader = DataLoader(dataset, 5, num_workers=2, collate_fn=pseudo_collate)
    results = []
    for batch in loader:
        for image, sample in zip(batch['inputs'], batch['data_samples']):
            assert image.shape == (3, 12, 10)
            assert sample.ori_shape == (H, W)
            results.append(
                (*image[:2, 5, 5].tolist(), sample.corruption, sample.severity,
                 sample.gt_label.item()))
    assert results == expected(Sevens.CORRUPTIONS, [2, 4])


def test_copies_carry_no_pixels(data_root):
    dataset = Sevens(data_root)
    assert len(pickle.dumps(dataset[0]['img'])) > 3 * H * W
    before = found(dataset)
    pixels = np.load(Path(data_root, 'fog.npy'))[0].tobytes()
    assert pixels not in pickle.dumps(dataset)
    assert found(pickle.loads(pickle.dumps(dataset))) == before
    subset = dataset.get_subset([3, 80])
    assert not subset._maps
    assert found(subset) == [before[3], before[80]]


def test_repr_names_the_selection(data_root):
    text = repr(Sevens(data_root, corruption='standard', severity=2))
    assert 'Corruptions: \tfog, snow\n' in text
    assert 'Severities: \t2' in text


@pytest.mark.parametrize('arguments, message', [
    (dict(corruption='frost'), "corruption='frost' is not known; give 'all', "
     "'standard' or some of fog, snow, spatter"),
    (dict(corruption=['fog', 'rain']), r"corruption=\['fog', 'rain'\]"),
    (dict(corruption=[]), r'corruption=\[\] is not known'),
    (dict(severity=0), 'severity=0 is not known; give some of 1 to 5'),
    (dict(severity=[1, 6]), r'severity=\[1, 6\]'),
    (dict(severity=[]), r'severity=\[\] is not known'),
])
def test_unknown_selection_is_refused(data_root, arguments, message):
    with pytest.raises(UserError, match=message):
        Sevens(data_root, **arguments)


@pytest.mark.parametrize('name, array, message', [
    ('labels', None, 'labels.npy" is missing'),
    ('snow', None, 'snow.npy" is missing'),
    ('labels', np.zeros(5 * N), r'holds float64 of shape \(35,\), not integ'),
    ('labels', np.zeros(34, int), r'holds int64 of shape \(34,\)'),
    ('labels', np.zeros(0, int), r'holds int64 of shape \(0,\)'),
    ('snow', np.zeros((35, H, W, 3)), 'snow.npy" holds float64 of shape'),
    ('snow', np.zeros((35, 3, H, W), np.uint8), r'\(35, 3, 6, 5\), not uint8'),
    ('snow', np.zeros((7, H, W, 3), np.uint8), r'not uint8 of shape \(35, H'),
    ('labels', np.arange(50) % 2, '10 images per severity in 2 classes, not 7 '
     r'in 2 \(check_size=False takes a set of your own\)'),
    ('labels', np.arange(35), '7 images per severity in 35 classes'),
])
def test_wrong_file_is_refused(data_root, name, array, message):
    path = Path(data_root, f'{name}.npy')
    path.unlink()
    if array is not None:
        np.save(path, array)
    with pytest.raises(UserError, match=message) as caught:
        Sevens(data_root)
    assert str(path) in str(caught.value)
    assert f'put seven images into "{data_root}"' in str(caught.value)


@pytest.mark.parametrize('size', [0, 20, 500])
def test_file_cut_short_is_refused(data_root, size):
    path = Path(data_root, 'snow.npy')
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UserError, match='snow.npy" cannot be read .*; put se'):
        Sevens(data_root)


def test_own_size_is_accepted_on_request(data_root):
    np.save(Path(data_root, 'labels.npy'), np.zeros(10, int))
    np.save(Path(data_root, 'fog.npy'), np.zeros((10, 4, 4, 3), np.uint8))
    dataset = Sevens(data_root, corruption='fog', check_size=False)
    assert len(dataset) == 10
