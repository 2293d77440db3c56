import pytest
import torch
from mmcv.cnn.bricks.transformer import FFN, MultiheadAttention
from torch import nn

from protune_mm.hosts.sublayers import find_sublayers


class Block(nn.Module):
    """As timm, mmpretrain and mmseg have them."""

    def __init__(self, names=('norm1', 'attn', 'norm2', 'mlp'), parts=None):
        super().__init__()
        attention, ffn = parts or (nn.Linear(4, 4), nn.Linear(4, 4))
        for name, part in zip(
                names, (nn.LayerNorm(4), attention, nn.LayerNorm(4), ffn)):
            self.add_module(name, part)


@pytest.mark.parametrize('names', [('norm1', 'attn', 'norm2', 'mlp'),
                                   ('ln1', 'attn', 'ln2', 'ffn')])
def test_names_of_libraries(names):
    model = nn.Sequential(Block(names), nn.Linear(4, 4), Block(names))
    found = find_sublayers(model, ['0', '1', '2'])
    assert [(s.kind, s.norm, s.branch, s.channels) for s in found] == [
        (kind, f'{block}.{norm}', f'{block}.{part}', 4) for block in (0, 2)
        for kind, norm, part in (('attention', names[0], names[1]),
                                 ('ffn', names[2], names[3]))
    ]


def test_the_branch_is_what_is_added():
    """mmcv's modules add the residual themselves."""
    parts = MultiheadAttention(4, 1, batch_first=True), FFN(4, 8)
    model = nn.Sequential(
        Block(('ln1', 'attn', 'ln2', 'ffn'), [p.eval() for p in parts]))
    x = torch.rand(1, 3, 4)
    for sublayer, part in zip(find_sublayers(model, ['0']), parts):
        seen = []
        model.get_submodule(sublayer.branch).register_forward_hook(
            lambda module, inputs, output: seen.append(output))
        out = part(x, identity=x)
        torch.testing.assert_close(x + seen[0], out)


def test_none_without_both():
    model = nn.Sequential(Block(('norm1', 'attn', 'norm2', 'other')))
    assert find_sublayers(model, ['0']) == []
