"""Other packages, which need not be there."""
import sys
from types import ModuleType

import pytest
from torch import nn

from protune_mm.costs.peers import convert
from protune_mm.errors import UserError


def test_a_package_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, 'memsave_torch', None)
    with pytest.raises(UserError, match='pip install git'):
        convert(nn.Module(), 'memsave_torch')


def test_the_backbone_is_converted(monkeypatch):
    package = ModuleType('memsave_torch')
    package.nn = ModuleType('memsave_torch.nn')
    package.nn.convert_to_memory_saving = nn.Sequential
    monkeypatch.setitem(sys.modules, 'memsave_torch', package)
    monkeypatch.setitem(sys.modules, 'memsave_torch.nn', package.nn)
    model = nn.Module()
    model.backbone = layer = nn.Linear(1, 1)
    assert convert(model, 'memsave_torch').backbone[0] is layer
