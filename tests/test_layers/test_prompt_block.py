"""The prompt block: equation (1), counts, ablations as arguments."""
import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import PromptBlock


def count(block):
    return sum(p.numel() for p in block.parameters() if p.requires_grad)


@pytest.mark.parametrize('channels, ratio, expected', [
    (256, 16, 49681),
    (512, 16, 181281),
    (1024, 16, 690241),
    (2048, 16, 2691201),
    (96, 4, 12505),
    (192, 4, 43441),
    (768, 4, 616129),
])
def test_counts_of_the_paper(channels, ratio, expected):
    assert count(PromptBlock(channels, se_ratio=ratio)) == expected


@pytest.mark.parametrize('kernel, more', [(3, -16), (5, 0), (7, 24)])
def test_kernel_size_changes_the_depthwise_weights_only(kernel, more):
    assert (count(PromptBlock(64, kernel_size=kernel)) -
            count(PromptBlock(64))) == more * 64
    x = torch.rand(2, 64, 7, 9)
    assert PromptBlock(64, kernel_size=kernel)(x).shape == x.shape


def test_equation_1():
    """x + beta * f(x), with f written out from torch's functions."""
    torch.manual_seed(0)
    block = PromptBlock(8, se_ratio=4, beta=0.3, zero_init=False).eval()
    for norm in (block.norm1, block.norm2, block.norm3):
        nn.init.uniform_(norm.weight)
        nn.init.uniform_(norm.running_mean)
    x = torch.rand(2, 8, 6, 6)
    f = nn.functional
    y = torch.relu(
        block.norm1(
            f.conv2d(x, block.conv1.weight, block.conv1.bias, groups=4)))
    y = torch.relu(
        block.norm2(f.conv2d(y, block.conv2.weight, padding=2, groups=8)))
    y = block.norm3(
        f.conv2d(y, block.conv3.weight, block.conv3.bias, groups=4))
    gate = y.mean((2, 3), keepdim=True)
    gate = torch.relu(f.conv2d(gate, block.se.fc1.weight, block.se.fc1.bias))
    gate = torch.sigmoid(
        f.conv2d(gate, block.se.fc2.weight, block.se.fc2.bias))
    assert torch.allclose(block(x), x + 0.3 * gate * y, atol=1e-6)


def test_zero_init_starts_at_the_identity_and_still_learns():
    block = PromptBlock(16)
    x = torch.rand(2, 16, 5, 5)
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    assert block.norm3.weight.grad.abs().sum() > 0


def test_beta_is_one_scalar_learned_or_constant():
    learned = PromptBlock(16, beta=0.5)
    constant = PromptBlock(16, beta=0.5, learn_beta=False)
    assert learned.beta.shape == (1, ) and learned.beta.requires_grad
    assert not constant.beta.requires_grad
    assert count(learned) - count(constant) == 1
    assert constant.state_dict()['beta'].item() == 0.5


def test_norm_and_activation_are_arguments():
    block = PromptBlock(
        16, norm_cfg=dict(type='GN', num_groups=4), act_cfg=dict(type='GELU'))
    assert isinstance(block.norm2, nn.GroupNorm)
    assert isinstance(block.act, nn.GELU)


@pytest.mark.parametrize('norm', ['BN', 'SyncBN'])
def test_one_value_a_channel_takes_running_statistics(norm):
    block = PromptBlock(16, norm_cfg=dict(type=norm), zero_init=False)
    for module in (block.norm1, block.norm2, block.norm3):
        nn.init.uniform_(module.running_mean)
    before = block.norm1.running_mean.clone()
    x = torch.rand(1, 16, 1, 1)
    out = block(x)
    assert torch.equal(block.norm1.running_mean, before)
    out.sum().backward()
    assert block.norm1.weight.grad.isfinite().all()
    assert torch.equal(out, block.eval()(x))
    # Two images have statistics again.
    block.train()(torch.rand(2, 16, 1, 1))
    assert not torch.equal(block.norm1.running_mean, before)


def test_a_hosts_initialisation_does_not_reach_the_block():
    from mmengine.model import BaseModule

    class Host(BaseModule):

        def __init__(self):
            super().__init__(
                init_cfg=dict(type='Constant', val=9., layer='BatchNorm2d'))
            self.block = PromptBlock(16)

    host = Host()
    host.init_weights()
    assert host.block.norm1.weight.eq(1).all()
    assert host.block.norm3.weight.eq(0).all()


@pytest.mark.parametrize('arguments, named', [
    (dict(channels=18, groups=4), 'groups=4'),
    (dict(channels=16, kernel_size=4), 'kernel_size=4'),
    (dict(channels=16, kernel_size=-1), 'kernel_size=-1 of PromptBlock must'),
    (dict(channels=16, kernel_size=2.5), 'kernel_size=2.5 of PromptBlock'),
    (dict(channels=16, se_ratio=0), 'se_ratio=0 of PromptBlock'),
    (dict(channels=16, groups=0), 'groups=0 of PromptBlock'),
    (dict(channels=16, groups=-4), 'groups=-4 of PromptBlock'),
])
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(UserError, match=named):
        PromptBlock(**arguments)


@pytest.mark.parametrize('channels, groups', [(16, 4), (18, 2), (15, 1)])
def test_groups_divide_the_channels(channels, groups):
    block = PromptBlock(channels)
    assert block.conv1.groups == block.conv3.groups == groups
    assert block(torch.rand(2, channels, 4, 4)).shape == (2, channels, 4, 4)


@pytest.mark.parametrize('x, beta', [
    (torch.full((2, 8, 3, 3), -5.), 5.),
    (torch.zeros(2, 8, 3, 3), 1.),
    (torch.full((2, 8, 3, 3), float('nan')), 1.),
    (torch.full((2, 8, 3, 3), 2., dtype=torch.float16), 2.),
])
def test_fitting_to_a_map(x, beta):
    block = PromptBlock(8)
    block.fit_to(x)
    assert block.beta == beta and block.beta.requires_grad
