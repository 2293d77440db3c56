"""What repeats in a network, and what may run again."""
import pytest
from mmpretrain.models import (ConvNeXt, EfficientNet, HRNet, SwinTransformer,
                               VisionTransformer)
from torch import nn

from protune_mm.execution import can_run_again, find_blocks, heavy_leaves
from protune_mm.execution.blocks import parts_by_type


@pytest.mark.parametrize('build, kinds', [
    (lambda: VisionTransformer('deit-tiny'), {'TransformerEncoderLayer'}),
    (lambda: SwinTransformer('tiny'), {'SwinBlock'}),
    (lambda: ConvNeXt('atto'), {'ConvNeXtBlock'}),
    (lambda: EfficientNet('b0'),
     {'ConvModule', 'InvertedResidual', 'EdgeResidual'}),
    (lambda: HRNet('w18'), {'BasicBlock', 'Bottleneck'}),
])
def test_blocks_are_what_repeats(build, kinds):
    network = build()
    found = {
        type(network.get_submodule(path)).__name__
        for path in find_blocks(network)
    }
    assert kinds - {'EdgeResidual'} <= found <= kinds


def test_a_block_is_no_part_of_another():
    paths = find_blocks(SwinTransformer('tiny'))
    assert len(paths) == 12
    assert not any(a != b and b.startswith(f'{a}.') for a in paths
                   for b in paths)


def test_heavy_leaves():
    block = nn.Sequential(
        nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Linear(4, 4))
    assert not heavy_leaves(block)
    block.append(nn.GELU())
    assert [type(leaf) for leaf in heavy_leaves(block)] == [nn.GELU]


class Strange(nn.Module):
    """Of nobody knows what library."""


def test_what_may_run_again():
    frozen = nn.Sequential(nn.Linear(4, 4), nn.GELU()).requires_grad_(False)
    assert can_run_again(frozen)
    assert can_run_again(nn.Sequential(nn.Linear(4, 4)))  # though it trains
    assert not can_run_again(nn.Sequential(nn.SiLU(inplace=True), frozen))
    frozen.append(Strange())
    assert not can_run_again(frozen)


def test_counts():
    modules = [nn.GELU(), nn.Identity(), nn.GELU()]
    assert parts_by_type(modules) == ('2 GELU', '1 Identity')
