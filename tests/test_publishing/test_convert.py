"""Whole checkpoints and deltas are made of each other."""
from copy import deepcopy

import pytest
import torch

from protune_mm.engine.whole_model import build_model
from protune_mm.errors import UserError
from protune_mm.publishing import extract, merge, merge_into_stock
from protune_mm.publishing.convert import EMA, based_model
from protune_mm.tuning.base import BASE, Base
from protune_mm.tuning.delta import delta_of, is_delta
from tests.small_tasks import (other_base, read, trained_on, with_backbone,
                               with_base)

PARTS = ('state_dict', EMA)


def assert_same(found, expected):
    """Names, types and every bit of weights; runs have other names."""
    for part in PARTS:
        assert found[part].keys() == expected[part].keys()
        for name, value in expected[part].items():
            assert found[part][name].dtype == value.dtype
            assert torch.equal(found[part][name], value), name
    assert found.keys() == expected.keys()
    assert found['meta'].keys() == expected['meta'].keys()


def test_the_trainings_differ_in_their_files_alone(task):
    whole, delta = read(task.whole), read(task.delta)
    for part in PARTS:
        assert not is_delta(whole[part]) and is_delta(delta[part])
        assert len(delta[part]) < len(whole[part]) / 2
    assert any(not torch.equal(whole[EMA][f'module.{name}'], value)
               for name, value in whole['state_dict'].items())


def test_extract_makes_what_training_saves(task):
    assert_same(extract(task.cfg, str(task.whole)), read(task.delta))


def test_merge_makes_the_whole_again(task, tmp_path):
    torch.save(extract(task.cfg, str(task.whole)), tmp_path / 'x.pth')
    for delta in (tmp_path / 'x.pth', task.delta):
        assert_same(merge(task.cfg, str(delta)), read(task.whole))


def test_each_of_what_is_already_so(task, tmp_path):
    assert_same(extract(task.cfg, str(task.delta)), read(task.delta))
    assert_same(merge(task.cfg, str(task.whole)), read(task.whole))


def test_of_weights_alone(task, tmp_path):
    state = read(task.whole)['state_dict']
    torch.save(state, tmp_path / 'x.pth')
    found = extract(task.cfg, str(tmp_path / 'x.pth'))
    assert found['state_dict'].keys() == read(task.delta)['state_dict'].keys()


def test_another_base_is_named(task, tmp_path):
    base = based_model(task.cfg).backbone.base
    with pytest.raises(UserError) as info:
        extract(task.cfg, str(trained_on(task, tmp_path / 'x.pth')))
    assert f'are not those of {base.sha256[:16]} ({task.base})' in str(
        info.value)
    assert 'model.backbone.init_cfg.checkpoint=PATH' in str(info.value)
    cfg = with_base(task, other_base(task, tmp_path / 'other.pth'))
    with pytest.raises(UserError, match=f'{tmp_path}/other.pth'):
        extract(cfg, str(task.whole))
    # Each fits the other.
    found = extract(cfg, str(tmp_path / 'x.pth'))['state_dict']
    assert Base.decode(found[f'backbone.{BASE}']).source['checkpoint'] == str(
        tmp_path / 'other.pth')


def test_a_base_from_load_from(task, tmp_path):
    cfg = with_backbone(task, init_cfg=None)
    cfg.load_from = str(task.base)
    found = extract(cfg, str(task.whole))
    base = Base.decode(found['state_dict'][f'backbone.{BASE}'])
    assert base.source == dict(checkpoint=str(task.base), prefix='backbone')
    torch.save(found, tmp_path / 'x.pth')
    assert_same(merge(cfg, str(tmp_path / 'x.pth')), read(task.whole))


def test_no_base_is_named(task):
    cfg = with_backbone(task, init_cfg=None)
    with pytest.raises(UserError, match='names no weights for the frozen mod'):
        extract(cfg, str(task.whole))


def test_nothing_is_frozen(task):
    cfg = with_backbone(task, tuning='finetune')
    with pytest.raises(UserError, match='freezes no backbone, so there is no'):
        extract(cfg, str(task.whole))


def test_merge_refuses_another_base(task, tmp_path):
    cfg = with_base(task, other_base(task, tmp_path / 'other.pth'))
    with pytest.raises(UserError, match=r'was trained on the base \w{16} '):
        merge(cfg, str(task.delta))


def lora_task(task, folder, tuning):
    """The same model with low-rank changes, which have an effect."""
    cfg = with_backbone(
        task,
        tuning=tuning,
        methods=[dict(type='LoRA', targets='all', rank=2)])
    model = build_model(cfg)
    model.init_weights()
    with torch.no_grad():
        for parameter in model.backbone.lora.parameters():
            parameter += .01
    path = folder / 'lora.pth'
    torch.save(delta_of(model, model.state_dict())[0], path)
    return cfg, model, str(path)


@pytest.mark.parametrize('tuning', ['protune', 'protune+finetune'])
def test_into_the_stock_model(task, tuning, tmp_path):
    cfg, model, path = lora_task(task, tmp_path, tuning)
    content = merge_into_stock(cfg, path)
    stock = deepcopy(cfg)
    stock.model.backbone.type = cfg.model.backbone.type.replace('ProTune', '')
    del stock.model.backbone.methods, stock.model.backbone.tuning
    merged = build_model(stock)
    merged.load_state_dict(content['state_dict'])
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = model.eval().backbone(image)
        found = merged.eval().backbone(image)
    for one, other in zip(expected, found):
        torch.testing.assert_close(other, one, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_in_weights(task):
    with pytest.raises(UserError, match='PromptBlocks cannot be merged'):
        merge_into_stock(task.cfg, str(task.delta))
