"""The class in a config, as pure-Python configs have it."""
import copy
import pickle
import subprocess
import sys

import pytest
from mmengine.registry import MODELS, DefaultScope

from protune_mm.errors import UserError
from protune_mm.models import (PromptedViT, ProTuneResNet, ProTuneResNeXt,
                               ProTuneViT)
from tests.command_line import ROOT

SMALL = dict(depth=18, base_channels=8, in_channels=4)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg', 'mmpretrain'])
def test_the_scope_chooses(host):
    with DefaultScope.overwrite_default_scope(host):
        model = MODELS.build(dict(type=ProTuneResNet, **SMALL))
    assert type(model) is getattr(ProTuneResNet, host)
    assert model.conv1.in_channels == 4
    for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert type(clone) is type(model)


@pytest.mark.parametrize('kind', [ProTuneViT, PromptedViT])
@pytest.mark.parametrize('scope', ['mmdet', 'mmengine'])
def test_one_host_needs_no_scope(kind, scope):
    arch = dict(
        embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=32)
    with DefaultScope.overwrite_default_scope(scope):
        model = kind(arch=arch, img_size=32)
    assert type(model) is kind.mmpretrain


@pytest.mark.parametrize('kind', [ProTuneViT, PromptedViT])
def test_a_host_has_its_own_family(kind):
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(
            dict(
                type=kind.__name__,
                img_size=32,
                embed_dims=32,
                num_layers=2,
                num_heads=2))
    assert type(model) is kind.mmseg
    assert model.family.name == 'ViT of mmseg'
    assert kind.mmpretrain.family.name == 'ViT'
    clone = pickle.loads(pickle.dumps(model))
    assert type(clone) is kind.mmseg and clone.family == model.family


@pytest.mark.parametrize('kind', [ProTuneResNet, ProTuneResNeXt])
def test_several_hosts_need_a_scope(kind):
    with DefaultScope.overwrite_default_scope('mmengine'), pytest.raises(
            UserError,
            match=rf'mmdet, mmseg and mmpretrain: set default_scope'
            rf' .* {kind.__name__}\.mmdet'):
        kind(depth=50)
    # Named with its host it needs none.
    with DefaultScope.overwrite_default_scope('mmengine'):
        assert kind.mmseg(depth=50, tuning='head').host == 'mmseg'


@pytest.mark.parametrize('ask', [
    "MODELS.build(dict(type='ProTuneResNet', depth=18))",
    "import_module('protune_mm.models').ProTuneViT.mmpretrain",
    "import_module('mmpretrain.models').backbones.ResNet",
])
def test_a_host_is_imported_when_it_is_asked_for(ask):
    """In a process of its own; then all our classes of it are there."""
    code = f"""
import sys
from importlib import import_module
import protune_mm
from mmpretrain.registry import MODELS

assert not {{'mmpretrain.models', 'torchvision'}} & set(sys.modules)
assert {ask}
assert 'mmpretrain.models' in sys.modules
assert 'Other' not in MODELS
names = {{name for name in MODELS.module_dict if name.startswith('Pro')}}
assert names == {{'ProTuneRegNet', 'ProTuneResNeXt', 'ProTuneResNet',
                 'ProTuneResNetV1c', 'ProTuneResNetV1d', 'ProTuneSwin',
                 'ProTuneViT', 'PromptedSwin', 'PromptedViT'}}, names
"""
    process = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                             cwd=ROOT,
                             capture_output=True,
                             text=True)
    assert process.returncode == 0, process.stderr
