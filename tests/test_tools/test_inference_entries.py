"""The hosts' inference takes a delta, or a published task, for the whole."""
from functools import lru_cache

import numpy as np
import pytest
import torch
from mmdet.apis import DetInferencer, inference_detector, init_detector
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpretrain import ImageClassificationInferencer, get_model
from mmseg.apis import MMSegInferencer, inference_model, init_model

from protune_mm.engine.whole_model import build_model
from protune_mm.errors import UserError
from protune_mm.publishing import publish
from protune_mm.tuning.base import BASE
from protune_mm.tuning.delta import delta_of
from tests.slim_configs import HTC, UPERNET, classifier, read

IMAGE = np.random.RandomState(0).randint(0, 255, (64, 96, 3), np.uint8)
BACKBONE = read(HTC).model.backbone.init_cfg.checkpoint


def letters():
    """A classifier that can be asked, as its host wants it."""
    cfg = classifier(init_cfg=dict(type='Pretrained', checkpoint=BACKBONE))
    cfg.test_dataloader = cfg.val_dataloader
    cfg.test_dataloader.dataset.pipeline = [
        dict(type='LoadImageFromFile'),
        dict(type='PackInputs')
    ]
    cfg.test_evaluator, cfg.test_cfg = cfg.val_evaluator, dict()
    return cfg


CONFIGS = dict(
    mmdet=lambda: read(HTC), mmseg=lambda: read(UPERNET), mmpretrain=letters)


def sample(value):
    """All tensors of a data sample, by name."""
    return {
        f'{name} {key}': getattr(data, 'data', found)
        for name, data in value.all_items()
        for key, found in (data.items() if hasattr(data, 'items') else [(
            '', data)]) if isinstance(found, torch.Tensor)
    }


def detector(config, checkpoint):
    model = init_detector(config, checkpoint, device='cpu')
    return model, sample(inference_detector(model, IMAGE))


def det_inferencer(config, checkpoint):
    found = DetInferencer(
        config, checkpoint, device='cpu', show_progress=False)
    samples = found(IMAGE, return_datasamples=True)['predictions']
    return found.model, sample(samples[0])


def segmentor(config, checkpoint):
    model = init_model(config, checkpoint, device='cpu')
    return model, sample(inference_model(model, IMAGE))


def seg_inferencer(config, checkpoint):
    found = MMSegInferencer(config, checkpoint, device='cpu')
    return found.model, sample(found(IMAGE, return_datasamples=True))


def classifier_of(config, checkpoint):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = get_model(config, checkpoint, device='cpu')
        # Of models that are in no zoo inference_model knows no task.
        return model, ImageClassificationInferencer(model)(IMAGE)[0]


def cls_inferencer(config, checkpoint):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        found = ImageClassificationInferencer(config, checkpoint, device='cpu')
        return found.model, found(IMAGE)[0]


ENTRIES = dict(
    mmdet=(detector, det_inferencer),
    mmseg=(segmentor, seg_inferencer),
    mmpretrain=(classifier_of, cls_inferencer))


def changed_model(cfg):
    """A model whose prompts and heads have an effect."""
    torch.manual_seed(0)
    model = build_model(cfg)
    model.init_weights()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.data += 0.02 * torch.randn_like(parameter)
    return model


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Of each host: a config, a model of it, whole, as a delta, published."""
    found = {}
    for host, make in CONFIGS.items():
        folder = tmp_path_factory.mktemp(host)
        cfg = make()
        if host == 'mmdet':  # a few boxes, whatever their score
            cfg.model.test_cfg.rcnn.update(score_thr=0., max_per_img=5)
        cfg.dump(folder / 'config.py')
        model = changed_model(Config.fromfile(folder / 'config.py'))
        classes = tuple(f'class {i}' for i in range(30))
        meta = dict(
            dataset_meta=dict(
                classes=classes, palette=[(i, i, i) for i in range(30)]))
        state = {
            name: value.clone()
            for name, value in model.state_dict().items()
        }
        delta, whole = delta_of(model, state)
        assert not whole and len(delta) < len(state)
        for name, content in (('whole', state), ('delta', delta)):
            torch.save(
                dict(meta=meta, state_dict=content), folder / f'{name}.pth')
        published = publish(cfg, str(folder / 'delta.pth'), str(folder), host)
        found[host] = folder, state, published
    return found


def same(found, expected):
    """Every value of a prediction and every bit of it."""
    assert found.keys() == expected.keys() and found
    for name, value in expected.items():
        if isinstance(value, (torch.Tensor, np.ndarray)):
            assert np.array_equal(np.asarray(found[name]), np.asarray(value))
        else:
            assert found[name] == value, name


@pytest.fixture(scope='module')
def expected(files):
    """What an entry predicts with the whole file, asked for once."""

    @lru_cache
    def predict(host, entry):
        folder = files[host][0]
        return entry(str(folder / 'config.py'), str(folder / 'whole.pth'))[1]

    return predict


@pytest.mark.parametrize('form, host, entry', [
    *(('delta', host, entry) for host, entries in ENTRIES.items()
      for entry in entries),
    *(('published', host, entries[0]) for host, entries in ENTRIES.items()),
])
def test_predicts_as_the_model(form, host, entry, files, expected):
    folder, state, published = files[host]
    path = published if form == 'published' else folder / 'delta.pth'
    model, found = entry(str(folder / 'config.py'), str(path))
    for name, value in state.items():
        assert torch.equal(model.state_dict()[name], value), name
    assert not any(BASE in name for name in model.state_dict())
    meta = getattr(model, 'dataset_meta', None) or model._dataset_meta
    assert len(meta['classes']) == 30
    same(found, expected(host, entry))


@pytest.mark.parametrize('host', ENTRIES)
def test_what_was_trained_matters(host, files, expected):
    """So that the test above would see a delta that is not loaded."""
    folder, _, _ = files[host]
    entry = ENTRIES[host][0]
    path = folder / 'other.pth'
    delta = torch.load(folder / 'delta.pth')
    for name, value in delta['state_dict'].items():
        if '.prompts.' in name and value.is_floating_point():
            value.mul_(-1)
    torch.save(delta, path)
    _, found = entry(str(folder / 'config.py'), str(path))
    with pytest.raises(AssertionError):
        same(found, expected(host, entry))


@pytest.fixture
def other(tmp_path):
    """Arguments of an entry: a config that names another base, a delta."""

    def of(folder):
        content = torch.load(BACKBONE)
        state = content.get('state_dict', content)
        state['layer1.0.conv1.weight'][0, 0, 0, 0] += 1
        torch.save(content, tmp_path / 'other.pth')
        cfg = Config.fromfile(folder / 'config.py')
        cfg.model.backbone.init_cfg.checkpoint = str(tmp_path / 'other.pth')
        cfg.dump(tmp_path / 'config.py')
        return str(tmp_path / 'config.py'), str(folder / 'delta.pth')

    return of


@pytest.mark.parametrize('host, entry', [
    ('mmdet', det_inferencer),
    ('mmseg', seg_inferencer),
    ('mmpretrain', classifier_of),
])
def test_another_base_is_refused(host, entry, files, other, tmp_path):
    with pytest.raises(UserError) as info:
        entry(*other(files[host][0]))
    assert BACKBONE in str(info.value)
    assert f'({tmp_path}/other.pth)' in str(info.value)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_what_the_delta_names(host, files, other, expected):
    """These take init_cfg out, so that only the delta tells."""
    entry = ENTRIES[host][0]
    _, found = entry(*other(files[host][0]))
    same(found, expected(host, entry))


def test_a_base_that_is_gone(files, tmp_path):
    folder, _, _ = files['mmdet']
    delta = torch.load(folder / 'delta.pth')
    entry = bytes(delta['state_dict'][f'backbone.{BASE}'].tolist())
    entry = entry.replace(BACKBONE.encode(), f'{tmp_path}/x.pth'.encode())
    delta['state_dict'][f'backbone.{BASE}'] = torch.tensor(
        list(entry), dtype=torch.uint8)
    torch.save(delta, tmp_path / 'delta.pth')
    with pytest.raises(UserError, match=f'no checkpoint at {tmp_path}/x.pth'):
        detector(str(folder / 'config.py'), str(tmp_path / 'delta.pth'))
