"""Heads that run again compute the same and keep less."""
import copy
import pickle
from functools import partial

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from protune_mm.costs import build_arm
from protune_mm.costs.arms import PROTUNE
from protune_mm.costs.step import Step, count_step
from protune_mm.costs.synthetic import full_sampling, synthetic_batch
from protune_mm.execution import recompute_heads
from tests.slim_configs import DEMO, HTC, UPERNET, classifier, read


def mlp_classifier():
    """Batch norm and dropout in its head."""
    cfg = classifier()
    cfg.model.head = dict(
        type='StackedLinearClsHead',
        num_classes=26,
        in_channels=cfg.model.head.in_channels,
        mid_channels=[32, 32],
        dropout_rate=.5,
        norm_cfg=dict(type='BN1d'))
    return cfg


HOSTS = dict(
    htc=lambda: read(HTC),
    cascade=lambda: read(DEMO / 'cascade_mask_rcnn_protune_r18_digits.py'),
    upernet=lambda: read(UPERNET),
    fcn=lambda: read(DEMO / 'fcn_protune_r18_digits.py'),
    classifier=mlp_classifier,
)


def step_of(name, edge=64):
    torch.manual_seed(0)
    cfg = HOSTS[name]()
    model = build_arm(cfg, PROTUNE[2])
    return Step(model, synthetic_batch(cfg, model, 2, (edge, edge)))


def train(step):
    """What a step of training computes and leaves."""
    torch.manual_seed(1)
    model = step.model
    model.zero_grad()
    with full_sampling(model):
        loss = step.loss()
        loss.backward()
    gradients = {
        name: value.grad
        for name, value in model.named_parameters() if value.grad is not None
    }
    return dict(
        gradients,
        loss=loss,
        drawn=torch.rand(1),
        **model.state_dict(prefix='state.'))


@pytest.mark.parametrize('memory', ['lean', 'leanest'])
@pytest.mark.parametrize('name', HOSTS)
def test_same_bits(name, memory):
    step = step_of(name)
    twin = Step(copy.deepcopy(step.model), step.batch)
    assert recompute_heads(twin.model, memory)
    expected, found = train(step), train(twin)
    assert len(expected) > len(step.model.state_dict())
    assert expected.keys() == found.keys()
    for key in expected:
        assert torch.equal(expected[key], found[key]), key


@pytest.mark.parametrize('name, lean, leanest', [
    ('htc', .45, .25),
    ('cascade', .45, .25),
    ('upernet', .45, .15),
    ('fcn', .45, .35),
])
def test_kept_bytes(name, lean, leanest):
    step = step_of(name, 96)
    kept = {}
    with full_sampling(step.model):
        for memory in ('plain', 'lean', 'leanest'):
            recompute_heads(step.model, memory)
            kept[memory] = count_step(step).kept
    assert kept['lean'] < lean * kept['plain']
    assert kept['leanest'] < leanest * kept['plain']


def test_units():
    assert recompute_heads(step_of('upernet').model,
                           'lean') == ('13 ConvModule',
                                       '1 UPerHead.loss_by_feat',
                                       '1 FCNHead.loss_by_feat')
    model = step_of('htc').model
    # Their convolutions have no norms: a part of theirs would save nothing.
    assert recompute_heads(model,
                           'lean') == ('1 FPN', '1 RPNHead',
                                       '3 Shared2FCBBoxHead', '3 HTCMaskHead',
                                       '1 FusedSemanticHead')
    more = recompute_heads(model, 'leanest')
    assert '1 HybridTaskCascadeRoIHead._mask_forward' in more
    # The stock head is one layer.
    cfg = classifier()
    assert recompute_heads(build_arm(cfg), 'leanest') == ()


def stand_ins(model):
    return [(module, name, value) for module in model.modules()
            for name, value in vars(module).items()
            if isinstance(value, partial)]


def test_as_before():
    head = step_of('upernet').model.decode_head
    model = nn.ModuleDict(dict(decode_head=head))
    own = head.bottleneck.forward = partial(
        type(head.bottleneck).forward, head.bottleneck, activate=False)
    recompute_heads(model, 'lean')
    recompute_heads(model, 'leanest')
    assert head.bottleneck.forward.args == (head.bottleneck, own, False)
    recompute_heads(model, 'plain')
    assert stand_ins(model) == [(head.bottleneck, 'forward', own)]


@pytest.mark.parametrize(
    'clone', [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=['copy', 'pickle'])
def test_clones_run_their_own_modules(clone):
    model = nn.ModuleDict(
        dict(decode_head=step_of('upernet').model.decode_head))
    recompute_heads(model, 'leanest')
    twin = clone(model)
    found = stand_ins(twin)
    assert len(found) == len(stand_ins(model)) > 10
    for module, name, value in found:
        assert value.args[0] is module and value.args[1].args == (module, )


class Host(nn.Module):
    """A head on maps, of layers that a test chooses."""

    def __init__(self, **layers):
        super().__init__()
        self.head = nn.Module()
        for name, layer in layers.items():
            self.head.add_module(name, layer)


def layer(*order, **more):
    return ConvModule(4, 4, 1, order=order, norm_cfg=dict(type='BN'), **more)


def test_what_begins_in_place_runs_once():
    first, last = layer('act', 'conv', 'norm'), layer('conv', 'norm', 'act')
    apart = layer('act', 'conv', 'norm', inplace=False)
    model = Host(first=first, last=last, apart=apart)
    assert recompute_heads(model, 'lean') == ('2 ConvModule', )
    assert 'forward' not in vars(first)


def test_an_input_that_changes_is_an_error():
    model = Host(layer=layer('norm', 'conv', 'act', inplace=False))
    model.head.layer.eval()
    recompute_heads(model, 'lean')
    x = torch.rand(1, 4, 2, 2, requires_grad=True) * 1
    y = model.head.layer(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match='inplace operation'):
        y.sum().backward()


def test_unknown_modules_run_once():

    class Counting(ConvModule):
        runs = 0

        def forward(self, x):
            self.runs += 1
            return super().forward(x)

    model = Host(mine=Counting(4, 4, 1, norm_cfg=dict(type='BN')))
    assert recompute_heads(model, 'leanest') == ()
