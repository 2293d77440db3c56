"""Tests of the lists of classes."""
import re

import pytest

from protune_mm.datasets.published.imagenet_wnids import load_wnids
from protune_mm.errors import UserError


@pytest.mark.parametrize('subset', ['imagenet_a', 'imagenet_r'])
def test_lists_are_200_sorted_ids(subset):
    wnids = load_wnids(subset)
    assert len(set(wnids)) == 200
    assert wnids == tuple(sorted(wnids))
    assert all(re.fullmatch(r'n\d{8}', wnid) for wnid in wnids)


def test_lists_share_86_classes():
    imagenet_a, imagenet_r = map(load_wnids, ('imagenet_a', 'imagenet_r'))
    assert len({*imagenet_a} & {*imagenet_r}) == 86
    # goldfish: in ImageNet-R only; stingray: in both
    assert 'n01443537' in set(imagenet_r) - set(imagenet_a)
    assert imagenet_a[0] == imagenet_r[3] == 'n01498041'


def test_file(tmp_path):
    file = tmp_path / 'mine.txt'
    file.write_text('n01498041\nn01443537\n\nn01498041\n')
    assert load_wnids(str(file)) == ('n01443537', 'n01498041')


@pytest.mark.parametrize('text, message', [
    (None, "mine.txt' is neither known nor a file; give imagenet_a"),
    ('n01498041 stingray', 'holds "stingray", which is no WordNet ID'),
    ('train/n01498041', 'holds "train/n01498041", which is no WordNet ID'),
])
def test_bad_file(tmp_path, text, message):
    file = tmp_path / 'mine.txt'
    if text:
        file.write_text(text)
    with pytest.raises(UserError, match=message):
        load_wnids(str(file))
