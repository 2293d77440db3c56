"""The contracts of a pro-tuned backbone, over every backbone and host."""
import copy
import gc
import pickle

import pytest
import torch
from mmengine.runner import load_checkpoint
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models.backbones import ProTuneMixin
from protune_mm.tuning import split_state
from protune_mm.tuning.base import BASE
from protune_mm.tuning.delta import delta_of
from tests import backbones, method_backbones, prompted_backbones
from tests.backbone_case import OF_THE_PAPER
from tests.lean_case import wake

CASES = (backbones.CASES + prompted_backbones.CASES + method_backbones.CASES)


# Of a module, so that the tests of a backbone follow each other and share it.
@pytest.fixture(scope='module', params=CASES, ids=str)
def case(request):
    yield request.param
    gc.collect()  # hooks and modules name each other


@pytest.fixture(scope='module')
def stock(case):
    """The stock backbone, in eval mode; only read."""
    model = case.build(twin=False)
    model.eval()  # some hosts return nothing
    # torch multiplies by weights that train in another order, if the input is
    # a transposed one, as in mmseg's ViT.
    model.requires_grad_(False)
    return model


@pytest.fixture(scope='module')
def built(case):
    return case.build()


@pytest.fixture(scope='module')
def built_awake(case):
    model = case.build(**case.awake)
    if not case.awake:  # what starts without effect gets some
        wake(model)
    return model


@pytest.fixture
def twin(built):
    """The tuned backbone, a test's own."""
    return copy.deepcopy(built)


@pytest.fixture
def awake_twin(built_awake):
    """One whose new modules have an effect from the start."""
    return copy.deepcopy(built_awake)


def single_process(model):
    """As mmengine does without a group of processes."""
    from mmengine.model import revert_sync_batchnorm
    return revert_sync_batchnorm(model)


def train_steps(model, image, steps=3):
    from mmengine.optim import build_optim_wrapper
    wrapper = build_optim_wrapper(
        model,
        dict(
            constructor='TrainedParamsConstructor',
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9,
                           weight_decay=0.1)))
    model.train()
    for _ in range(steps):
        wrapper.update_params(sum(x.square().mean() for x in model(image)))
    return wrapper


def test_same_keys(case, stock, twin):
    result = twin.load_state_dict(stock.state_dict(), strict=False)
    assert not result.unexpected_keys
    new = [f'{case.part}.{k}' for k in getattr(twin, case.part).state_dict()]
    # torch fills in the step counts of norms itself.
    assert {*result.missing_keys} == {
        k
        for k in new if not k.endswith('num_batches_tracked')
    } or {*result.missing_keys} == {*new}
    assert new or case.own


def test_zero_effect_at_the_start(case, stock, twin):
    twin = twin.eval()
    twin.load_state_dict(stock.state_dict(), strict=False)
    with torch.no_grad():
        expected, found = stock(case.image()), twin(case.image())
    assert len(expected) == len(found)
    # Only prompt tokens take part, in attention, from the start.
    equal = [torch.equal(a, b) for a, b in zip(expected, found)]
    assert equal == [case.quiet] * len(equal)


def test_merge(case, stock, awake_twin):
    twin = awake_twin.eval()
    if not case.merges:
        with pytest.raises(UserError, match='cannot be merged'):
            twin.merge()
        return
    merged = twin.merge()
    assert type(merged) is type(stock)
    assert merged.state_dict().keys() == stock.state_dict().keys()
    with torch.no_grad():
        expected, found = twin(case.image()), merged(case.image())
    for a, b in zip(expected, found):
        torch.testing.assert_close(
            b, a, rtol=1e-5, atol=1e-5 * float(a.abs().max()))


def test_identity_without_prompts(case, stock, awake_twin):
    twin = awake_twin.eval()
    twin.load_state_dict(stock.state_dict(), strict=False)
    with torch.no_grad():
        expected, blended = stock(case.image()), twin(case.image())
        with twin.without_prompts():
            got = twin(case.image())
    assert all(torch.equal(a, b) for a, b in zip(expected, got))
    if not case.own:
        assert all(not torch.equal(a, b) for a, b in zip(expected, blended))


def test_frozen_means_frozen(case, twin):
    twin = single_process(twin)
    assert isinstance(twin, ProTuneMixin)
    trained, frozen = split_state(twin)
    assert frozen and all(case.trains(key) for key in trained)
    for name, parameter in twin.named_parameters():
        assert parameter.requires_grad == case.trains(name), name
    before = {k: v.clone() for k, v in twin.state_dict().items()}

    wrapper = train_steps(twin, case.image())

    after = twin.state_dict()
    for name in frozen:
        assert torch.equal(before[name], after[name]), name
    changed = [k for k in trained if not torch.equal(before[k], after[k])]
    for ending in case.moving:
        assert any(k.endswith(ending) for k in changed)
    optimised = {
        id(p)
        for group in wrapper.optimizer.param_groups
        for p in group['params']
    }
    assert optimised == {
        id(p)
        for n, p in twin.named_parameters() if case.trains(n)
    }


def test_a_delta_is_a_whole_checkpoint(case, stock, twin, built, tmp_path):
    path = tmp_path / 'base.pth'
    torch.save(nn.ModuleDict(dict(backbone=stock)).state_dict(), path)
    trained = nn.ModuleDict(dict(backbone=twin))
    load_checkpoint(trained, str(path))
    with torch.no_grad():
        for parameter in twin.parameters():
            if parameter.requires_grad:
                parameter += 1
    delta, whole = delta_of(trained, trained.state_dict())
    assert not whole
    names = [name.removeprefix('backbone.') for name in delta]
    assert all(case.trains(name) or name == BASE for name in names)

    fresh = nn.ModuleDict(dict(backbone=copy.deepcopy(built)))
    fresh.load_state_dict(delta)
    expected = trained.state_dict()
    for name, value in fresh.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_frozen_parts_stay_in_eval(case, twin):
    # A detector calls train() on its parts through nn.Module.train.
    for model in (twin, nn.Sequential(twin)):
        assert model.train() is model
        for name, module in twin.named_modules():
            assert module.training == case.trains(name), name
    assert twin.eval() is twin
    assert not any(module.training for module in twin.modules())


@pytest.mark.parametrize('case', backbones.CASES, ids=str, scope='module')
def test_initialisation_of_the_host_spares_the_prompts(case, twin):
    """Without pre-trained weights a host initialises all convolutions."""
    twin.init_weights()
    for blocks in twin.prompts.values():
        assert blocks[0].norm3.weight.eq(0).all()
        assert blocks[0].norm1.weight.eq(1).all()
        assert blocks[0].beta.item() == 1


def test_exact_counts(case, twin):
    blocks = sum(p.numel() for p in getattr(twin, case.part).parameters())
    if not case.tokens:
        assert blocks == OF_THE_PAPER.get(case.widths, blocks)
    assert sum(p.numel() for p in twin.parameters()
               if p.requires_grad) == case.count()


def test_copies_have_their_own_prompts(case, awake_twin):
    twin = awake_twin.eval()
    with torch.no_grad():
        expected = twin(case.image())
        for clone in (copy.deepcopy(twin), pickle.loads(pickle.dumps(twin))):
            assert torch.equal(clone(case.image())[-1], expected[-1])
            for parameter in clone.parameters():
                if parameter.requires_grad:
                    parameter.add_(1.)
            assert not torch.equal(clone(case.image())[-1], expected[-1])
            assert torch.equal(twin(case.image())[-1], expected[-1])


@pytest.mark.parametrize(
    'case', [
        case for case in CASES
        if str(case) in ('mmdet-ResNet-50', 'mmdet-Swin-T',
                         'mmpretrain-Swin-T', 'mmpretrain-ConvNeXt',
                         'mmpretrain-ViT-class-token',
                         'mmpretrain-PromptedViT-class-token',
                         'mmpretrain-PromptedSwin-deep', 'mmdet-Mona-Swin',
                         'mmpretrain-AdaptFormer-ViT-class-token',
                         'mmdet-LoRA-Swin', 'mmdet-ConvAdapter-ResNet-18')
    ],
    ids=str)
def test_under_compile_and_autocast(case):
    twin = case.build(**case.awake).eval()
    with torch.no_grad():
        expected = twin(case.image())[-1]
        compiled = torch.compile(twin, backend='eager')
        assert torch.allclose(compiled(case.image())[-1], expected, atol=1e-5)
        with torch.autocast('cpu', torch.bfloat16):
            half = twin(case.image())[-1]
            with twin.without_prompts():
                stock_type = twin(case.image())[-1].dtype
    assert half.dtype == stock_type
    assert torch.allclose(
        half.float(), expected, rtol=0.1, atol=0.1 * expected.std())
