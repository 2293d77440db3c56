"""Test of ImageNet-R at its full size."""
import numpy as np
from mmpretrain.registry import DATASETS

from protune_mm.datasets.published.imagenet_r import ImageNetR
from protune_mm.datasets.published.imagenet_wnids import load_wnids


def test_official_layout(tmp_path):
    root = tmp_path / 'imagenet-r'
    wnids = load_wnids('imagenet_r')
    sizes = [149 + label % 2 * 2 for label in range(200)]
    for wnid, size in zip(wnids, sizes):
        (root / wnid).mkdir(parents=True)
        for i in range(size):
            (root / wnid / f'{i}.jpg').touch()
    (root / 'README.txt').touch()
    dataset = DATASETS.build(dict(type='ImageNetR', data_root=str(root)))
    assert type(dataset) is ImageNetR
    assert len(dataset) == 30000
    assert dataset.test_mode
    assert dataset.CLASSES == wnids
    assert np.bincount(dataset.get_gt_labels()).tolist() == sizes
    info = dataset.get_data_info(sum(sizes[:10]))
    assert info['gt_label'] == 10
    assert info['img_path'] == str(root / wnids[10] / '0.jpg')
