"""A backbone knows its base, and finds that of a delta."""
import copy
import pickle

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.runner import load_checkpoint
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import ProTuneResNet, ProTuneSwin
from protune_mm.tuning.base import BASE
from protune_mm.tuning.delta import delta_of
from tests.test_models.test_backbones.test_loading_mixin import build, stock


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Two bases, as bare backbones, and one inside a detector."""
    folder = tmp_path_factory.mktemp('bases')
    for name in 'ab':
        torch.save(dict(state_dict=stock().state_dict()), folder / name)
    holder = nn.ModuleDict(dict(backbone=stock()))
    torch.save(dict(state_dict=holder.state_dict()), folder / 'whole')
    return folder


def pretrained(path):
    return ConfigDict(type='Pretrained', checkpoint=str(path))


def trained(files, base='a', **arguments):
    """A backbone whose prompts are no longer what they were."""
    model = build(init_cfg=pretrained(files / base), **arguments)
    model.init_weights()
    with torch.no_grad():
        for parameter in model.prompts.parameters():
            parameter += torch.rand_like(parameter)
    return model


def delta(model):
    return delta_of(model, model.state_dict())[0]


def assert_equal(model, other):
    theirs = other.state_dict()
    for name, value in model.state_dict().items():
        assert torch.equal(value, theirs[name]), name


def test_it_is_found_through_init_cfg(files):
    model = trained(files)
    small = delta(model)
    assert {name.split('.')[0] for name in small} == {'prompts', BASE}
    other = build(init_cfg=pretrained(files / 'a'))
    keys = other.load_state_dict(small)  # strict
    assert not keys.missing_keys and not keys.unexpected_keys
    assert_equal(other, model)
    assert not other.random_entries()
    assert delta(other).keys() == small.keys()  # and it can be saved again


def test_it_is_found_through_what_the_delta_names(files):
    model = trained(files)
    other = build()  # as mmdet's init_detector, which takes init_cfg away
    other.load_state_dict(delta(model))
    assert_equal(other, model)
    assert other.init_cfg == build().init_cfg


def test_it_is_there_already(files, tmp_path):
    model = trained(files)
    small = delta(model)
    other = build(init_cfg=pretrained(tmp_path / 'gone'))
    other.load_state_dict(torch.load(files / 'a')['state_dict'], strict=False)
    other.load_state_dict(small)
    assert_equal(other, model)


def test_another_base_is_refused(files):
    """The same shapes, other weights."""
    small = delta(trained(files))
    ours = build(init_cfg=pretrained(files / 'b'))
    ours.init_weights()
    before = copy.deepcopy(ours.state_dict())
    for other in (ours, build(init_cfg=pretrained(files / 'b'))):
        with pytest.raises(UserError) as info:
            other.load_state_dict(small)
        text = str(info.value)
        assert f'on the base {trained(files).base}' in text
        assert f'are {ours.base}: name that base' in text
    for name, value in ours.state_dict().items():
        assert torch.equal(before[name], value)


def test_a_base_that_is_gone(files, tmp_path):
    path = tmp_path / 'base'
    path.write_bytes((files / 'a').read_bytes())
    model = build(init_cfg=pretrained(path))
    model.init_weights()
    small = delta(model)
    path.unlink()
    with pytest.raises(
            UserError,
            match='needs its base .*cannot be loaded '
            r'\(There is no checkpoint at .*name that base'):
        build().load_state_dict(small)
    build(init_cfg=pretrained(files / 'a')).load_state_dict(small)
    unnamed = dict(small)
    unnamed[BASE] = type(model.base)(model.base.sha256, None,
                                     model.base.names).encode()
    with pytest.raises(UserError, match='has no weights yet'):
        build().load_state_dict(unnamed)


def test_other_frozen_entries(files):
    small = delta(trained(files))
    with pytest.raises(
            UserError,
            match='leaves 120 frozen entries .* but 90 '
            'of this ProTuneResNet'):
        build(tuning='partial-2').load_state_dict(small, strict=False)
    deeper = build(depth=34, init_cfg=pretrained(files / 'a'))
    with pytest.raises(UserError, match='give the config'):
        deeper.load_state_dict(small)


def test_of_a_whole_model(files):
    """As load_from loads it, over what init_cfg had loaded."""
    holder = nn.ModuleDict(dict(backbone=trained(files)))
    load_checkpoint(holder, str(files / 'whole'))
    assert holder.backbone.base.source == dict(
        checkpoint=str(files / 'whole'), prefix='backbone')
    small = delta(holder)
    resumed = nn.ModuleDict(dict(backbone=trained(files)))
    resumed.load_state_dict(small)  # init_cfg has loaded another base
    assert_equal(resumed, holder)
    fresh = nn.ModuleDict(dict(backbone=build()))
    fresh.load_state_dict(small)
    assert_equal(fresh, holder)
    assert delta(fresh).keys() == small.keys()
    explicit = nn.ModuleDict(dict(backbone=trained(files)))
    explicit.load_state_dict(trained_holder(files).state_dict())
    with pytest.raises(UserError, match='trained on the base .*whole'):
        explicit.load_state_dict(small)


def trained_holder(files):
    return nn.ModuleDict(dict(backbone=trained(files, 'b')))


def test_a_whole_file_of_the_same_base_keeps_it(files):
    """As when a training goes on from a file of an older version."""
    model = trained(files)
    base = model.base
    model.load_state_dict(copy.deepcopy(model.state_dict()))
    assert model.base is base
    model.load_state_dict(stock().state_dict(), strict=False)
    assert model.base is None  # nobody knows where those come from
    assert delta(model).keys() == model.state_dict().keys()


def test_what_the_base_lacks_is_in_the_delta(tmp_path):
    state = stock().state_dict()
    del state['layer3.0.conv2.weight']
    torch.save(dict(state_dict=state), tmp_path / 'part')
    model = build(init_cfg=pretrained(tmp_path / 'part'), random_frozen=True)
    model.init_weights()
    small = delta(model)
    assert 'layer3.0.conv2.weight' in small
    assert 'layer3.0.conv1.weight' not in small
    other = build()
    other.load_state_dict(small)
    assert_equal(other, model)


def test_a_delta_in_init_cfg(files, tmp_path):
    model = trained(files)
    torch.save(dict(state_dict=delta(model)), tmp_path / 'delta')
    other = build(init_cfg=pretrained(tmp_path / 'delta'))
    other.init_weights()
    assert_equal(other, model)
    assert other.base.source == pretrained(files / 'a')


def test_a_base_that_is_a_delta_is_refused(files, tmp_path):
    path = tmp_path / 'delta'
    model = trained(files)
    small = delta(model)
    small[BASE] = type(model.base)(model.base.sha256, pretrained(path),
                                   model.base.names).encode()
    torch.save(dict(state_dict=small), path)
    with pytest.raises(UserError, match='needs its base .* cannot be loaded'):
        build(init_cfg=pretrained(path)).load_state_dict(small)


def test_names_that_a_host_converts(tmp_path):
    """mmdet's Swin loads official files by code of its own."""
    small = dict(embed_dims=24, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1))
    from mmdet.models.backbones import SwinTransformer
    plain = SwinTransformer(**small)
    state = nn.ModuleDict(dict(backbone=plain)).state_dict()
    torch.save(dict(state_dict=state), tmp_path / 'swin')
    model = ProTuneSwin.mmdet(init_cfg=pretrained(tmp_path / 'swin'), **small)
    model.init_weights()
    found = delta(model)
    assert BASE in found and 'patch_embed.projection.weight' not in found
    other = ProTuneSwin.mmdet(**small)
    other.load_state_dict(found)
    assert_equal(other, model)


@pytest.mark.parametrize('tuning, whole', [('head', False),
                                           ('partial-1', False),
                                           ('finetune', True),
                                           ('protune+finetune', True)])
def test_paradigms(tuning, whole, files):
    model = build(tuning=tuning, init_cfg=pretrained(files / 'a'))
    model.init_weights()
    small = delta(model)
    assert (BASE not in small) == whole
    other = build(tuning=tuning, init_cfg=pretrained(files / 'a'))
    other.load_state_dict(small)
    assert_equal(other, model)


def test_copies_know_it(files):
    model = trained(files)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.base == model.base
        assert delta(other).keys() == delta(model).keys()


def test_nothing_is_loaded():
    model = ProTuneResNet.mmdet(depth=18, base_channels=8)
    assert model.base is None
    assert delta(model).keys() == model.state_dict().keys()


@pytest.mark.parametrize('methods', [[dict(type='LoRA', targets='all')], None])
def test_a_delta_of_another_method_is_refused(files, tmp_path, methods):
    """Its values would be left out without a word."""
    model = trained(files, methods=[dict(type='SSF')])
    delta, _ = delta_of(model, model.state_dict())
    torch.save(delta, tmp_path / 'ssf')
    more = dict(methods=methods) if methods else dict(tuning='head')
    other = build(init_cfg=pretrained(tmp_path / 'ssf'), **more)
    with pytest.raises(UserError, match='the model has no ssf'):
        other.init_weights()
