"""Data sets that need mmpretrain's come when one is asked for."""
import subprocess
import sys

import pytest

from protune_mm import datasets
from tests.command_line import ROOT


@pytest.mark.parametrize('ask', [
    "registry.DATASETS.get('mmpretrain.CIFAR10C')",
    "registry.DATASETS.get('LetterCrops')",
    "mmpretrain.registry.DATASETS.get('DigitsC')",
    'protune_mm.datasets.published.TASKS',
    'protune_mm.datasets.DigitCrops',
])
def test_in_a_process_of_its_own(ask):
    """And without the greeting that OneDL's mmpretrain prints."""
    code = f"""
import sys
import mmpretrain.registry
import protune_mm
from mmengine import registry

assert 'mmpretrain.datasets' not in sys.modules
assert {ask}
found = set(registry.DATASETS.module_dict)
assert {{'FewShotDataset', 'LetterCrops'}} <= found
found = set(mmpretrain.registry.DATASETS.module_dict)
assert {{'CIFAR10C', 'DigitsC', 'VTAB1k', 'CIFAR10'}} <= found
"""
    process = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                             cwd=ROOT,
                             capture_output=True,
                             text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout == ''


def test_others_are_not_there():
    with pytest.raises(AttributeError, match='protune_mm.datasets has no X'):
        datasets.X
    assert not hasattr(datasets, '__wrapped__')
