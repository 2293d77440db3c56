"""``memory=``: the same outputs, gradients and statistics, bit for bit."""
import copy
import gc
import pickle

import pytest
import torch
from mmengine.model import revert_sync_batchnorm
from torch import nn

from protune_mm.errors import UserError
from protune_mm.layers import prompt_block
from protune_mm.models.backbones import tuned_backbone
from tests import backbones, method_backbones, prompted_backbones
from tests.lean_case import assert_same, step, wake

CASES = backbones.CASES + prompted_backbones.CASES + method_backbones.CASES
BY_NAME = {str(case): case for case in CASES}
LESS = ('lean', 'leanest')
# One of each way to keep less.
SOME = ('mmdet-ResNet-50', 'mmdet-Swin-T', 'mmpretrain-ViT-class-token',
        'mmpretrain-ConvNeXt', 'mmpretrain-PromptedSwin-deep')
some = pytest.mark.parametrize(
    'case', [BY_NAME[name] for name in SOME], ids=str)


@pytest.fixture(autouse=True)
def mind_small_maps(monkeypatch):
    """The maps of these tests are too small for 'lean' to mind them."""
    for module in (prompt_block, tuned_backbone):
        monkeypatch.setattr(module, 'LARGE', 0)


@pytest.fixture(autouse=True)
def collect():
    """Hooks and modules name each other, with all their tensors."""
    yield
    gc.collect()


def build(case, memory, **more):
    model = case.build(memory=memory, **{**case.awake, **more})
    wake(model)
    return model.train()


def same_weights(case, memory, other, **more):
    model = build(case, memory, **more)
    model.load_state_dict(other.state_dict())
    return model


@pytest.mark.parametrize('case', CASES, ids=str)
def test_equal_to_plain(case):
    plain = build(case, 'plain')
    others = [same_weights(case, memory, plain) for memory in LESS]
    models = [revert_sync_batchnorm(m).train() for m in (plain, *others)]
    expected, *found = [step(model, case.image()) for model in models]
    for result in found:
        assert_same(expected.values, result.values)
    lean, leanest = found
    # Tokens alone leave to 'lean' what it does not recompute.
    assert leanest.kept < .9 * expected.kept
    assert leanest.kept <= lean.kept <= expected.kept


@some
def test_odd_sizes_and_steps_that_add_up(case):
    plain = build(case, 'plain')
    image = torch.rand(2, 3, 51, 75)
    if case.name.startswith('ViT'):
        image = case.image()
    for memory in LESS:
        expected, model = copy.deepcopy(plain), build(case, memory)
        model.load_state_dict(plain.state_dict())
        for _ in range(2):  # gradients add up
            one, other = step(expected, image), step(model, image)
        assert_same(one.values, other.values)


@some
@pytest.mark.parametrize('memory', LESS)
def test_several_backward_passes(case, memory):
    gradients = []
    plain = build(case, 'plain')
    for model in (plain, same_weights(case, memory, plain)):
        loss = sum(x.square().mean() for x in model(case.image()))
        parameters = [p for p in model.parameters() if p.requires_grad]
        gradients.append([
            torch.autograd.grad(loss, parameters, retain_graph=True)
            for _ in range(2)
        ])
    for one, other in zip(*gradients):
        assert all(map(torch.equal, one, other))


@pytest.mark.parametrize('memory', LESS)
def test_a_gradient_of_a_gradient(memory):
    case = BY_NAME['mmdet-ResNet-18']
    plain = build(case, 'plain')
    found = []
    for model in (plain, same_weights(case, memory, plain)):
        loss = sum(x.square().mean() for x in model(case.image()))
        beta = model.prompts['layer1'][0].beta
        first, = torch.autograd.grad(loss, beta, create_graph=True)
        found.append(torch.autograd.grad(first.sum(), beta)[0])
    assert found[0].abs() > 0
    torch.testing.assert_close(found[1], found[0])


@some
@pytest.mark.parametrize('memory', LESS)
def test_nothing_is_kept_without_a_gradient(case, memory):
    model = build(case, memory)
    with torch.no_grad():
        outputs = model(case.image())
    assert not any(x.requires_grad for x in outputs)


@some
def test_close_under_autocast(case):
    plain = build(case, 'plain')
    found = []
    for model in (plain, same_weights(case, 'leanest', plain)):
        with torch.autocast('cpu', torch.bfloat16):
            found.append(step(model, case.image()).values)
    for name, value in found[0].items():
        value = value.float()
        torch.testing.assert_close(
            found[1][name].float(),
            value,
            rtol=2**-7,
            atol=2**-7 * float(value.abs().max()),
            msg=name)


@some
def test_copies_keep_as_little(case):
    model = build(case, 'leanest')
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    expected = step(model, case.image())
    for other in copies:
        result = step(other, case.image())
        assert_same(expected.values, result.values)
        assert result.kept == expected.kept


@pytest.mark.parametrize('norm', ['SyncBN', 'GN'])
@pytest.mark.parametrize('memory', LESS)
def test_norms_of_prompts(norm, memory):
    case = BY_NAME['mmdet-ResNet-18']
    norm_cfg = dict(type=norm, **(dict(num_groups=4) if norm == 'GN' else {}))
    more = dict(prompt_cfg=dict(norm_cfg=norm_cfg, zero_init=False))
    plain = build(case, 'plain', **more)
    if norm == 'SyncBN':  # it needs several processes
        plain = revert_sync_batchnorm(plain)
    model = build(case, memory, **more)
    model.load_state_dict(plain.state_dict())
    model = revert_sync_batchnorm(model).train()
    assert_same(
        step(plain.train(), case.image()).values,
        step(model, case.image()).values)


@pytest.mark.parametrize('memory', LESS)
def test_activation_checkpoints_beside_it(memory):
    from mmengine.runner.activation_checkpointing import \
        turn_on_activation_checkpointing
    case = BY_NAME['mmdet-ResNet-18']
    plain = build(case, 'plain')
    model = same_weights(case, memory, plain)
    found = []
    for one in (plain, model):
        turn_on_activation_checkpointing(one, ['layer2.0', 'layer3'])
        found.append(step(one, case.image()).values)
    assert_same(*found)


@pytest.mark.parametrize('name',
                         ['mmdet-ResNet-18', 'mmpretrain-ViT-class-token'])
def test_under_compile_it_steps_aside(name):
    case = BY_NAME[name]
    model = build(case, 'leanest').train()
    compiled = torch.compile(copy.deepcopy(model), backend='eager')
    expected = step(model, case.image()).values
    outputs = compiled(case.image())
    for i, output in enumerate(outputs):
        torch.testing.assert_close(
            output, expected[str(i)], rtol=1e-3, atol=1e-3)
    sum(x.mean() for x in outputs).backward()


def test_a_random_draw_is_drawn_once():
    """A prompt whose activation drops values at random."""
    case = BY_NAME['mmdet-ResNet-18']
    plain = build(case, 'plain')
    others = [same_weights(case, memory, plain) for memory in LESS]
    for model in (plain, *others):
        for blocks in model.prompts.values():
            blocks[0].act = nn.Dropout(.5)
        model.train()
    expected, *found = [step(m, case.image()).values for m in (plain, *others)]
    for values in found:
        assert_same(expected, values)


def test_where_nothing_is_frozen_it_is_plain():
    case = BY_NAME['mmdet-ResNet-18']
    model = case.build(tuning='finetune', memory='leanest')
    assert not any('forward' in vars(m) for m in model.modules())


def test_small_maps_are_left_alone(monkeypatch):
    monkeypatch.undo()
    case = BY_NAME['mmdet-ResNet-18']
    kept = [
        step(build(case, memory), case.image()).kept
        for memory in ('plain', 'lean')
    ]
    assert kept[0] == kept[1]


def test_unknown_choice():
    with pytest.raises(UserError, match="memory='least' is not known"):
        BY_NAME['mmdet-ResNet-18'].build(memory='least')
