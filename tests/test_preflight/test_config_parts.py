"""Parts of a config, whichever way their types are written."""
import pytest
from mmengine.config import Config
from mmpretrain.models import ImageClassifier
from mmseg.models.decode_heads import STDCHead

from protune_mm.preflight.config_parts import find_heads, host_of, step_name


@pytest.mark.parametrize('cfg', [
    dict(default_scope='mmpretrain', model=dict(type='ImageClassifier')),
    dict(model=dict(type='mmpretrain.ImageClassifier')),
    dict(model=dict(type=ImageClassifier)),
])
def test_host(cfg):
    assert host_of(Config(cfg)) == 'mmpretrain'


@pytest.mark.parametrize('kind', ['STDCHead', 'mmseg.STDCHead', STDCHead])
def test_heads_of_boundaries_have_two_classes(kind):
    head = dict(type=kind, num_classes=2)
    model = dict(type='EncoderDecoder', auxiliary_head=[head])
    assert list(find_heads(Config(dict(model=model)))) == []


def test_a_part_without_a_type():
    assert step_name(dict(num_classes=2)) == ''
