import pytest
from mmengine.config import ConfigDict

from protune_mm.errors import UserError
from protune_mm.methods import LoRA
from protune_mm.methods.build import build_methods


@pytest.mark.parametrize('cfgs', [
    dict(type='LoRA', rank=2),
    [dict(type='LoRA', rank=2)],
    [ConfigDict(type=LoRA, rank=2)],
])
def test_one_or_several(cfgs):
    method, = build_methods(cfgs)
    assert isinstance(method, LoRA) and method.rank == 2


@pytest.mark.parametrize('cfgs, message', [
    (['LoRA'], "'LoRA', which is no config of a method"),
    ([dict(rank=2)], 'which is no config of a method'),
    ([dict(type='Lora')], 'names Lora, .*: choose of AdaptFormer, Adapter, '),
    ([dict(type='PromptBlock')], 'names PromptBlock, which is no known'),
    ([dict(type='LoRA', ranks=2)], 'LoRA has no ranks: its arguments are ra'),
    ([dict(type='BitFit', x=2)], 'BitFit has no x: its arguments are none'),
])
def test_errors(cfgs, message):
    with pytest.raises(UserError, match=message):
        build_methods(cfgs)
