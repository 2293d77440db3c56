"""Weights that are there, and weights that cannot be had."""
import os
from urllib.error import URLError

import pytest
import torch

from protune_mm.apis import load_config
from protune_mm.apis.weights import fetch_weights, find_weights
from protune_mm.errors import UserError

OPTION = 'model.backbone.init_cfg.checkpoint'


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache of its own, and a network that is closed."""
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))

    def closed(*args, **kwargs):
        raise URLError('no network')

    monkeypatch.setattr('torch.hub.urlopen', closed)
    return tmp_path / 'checkpoints'


def test_found_in_configs(root):
    cfg = load_config(
        str(root / 'configs/htc_protune_r50_coco.py'),
        cfg_options=dict(load_from='x.pth'))
    assert list(find_weights(cfg)) == [(OPTION, 'torchvision://resnet50'),
                                       ('load_from', 'x.pth')]


@pytest.mark.parametrize('name, file', [
    ('torchvision://resnet50', 'resnet50-[0-9a-f]{8}.pth'),
    ('open-mmlab://resnet50_v1c', 'resnet50_v1c-2cccc1ad.pth'),
    ('open-mmlab://resnet50_caffe', 'resnet50_caffe-[0-9a-f]{8}.pth'),
    ('https://example.org/a/b.pth', 'b.pth'),
])
def test_out_of_reach(hub, name, file):
    message = (f'{name} could not be fetched .no network.*put it at '
               f'{hub}/{file}, .*--cfg-options {OPTION}=PATH')
    with pytest.raises(UserError, match=message):
        fetch_weights(OPTION, name)


def test_what_is_cached_needs_no_network(hub):
    hub.mkdir()
    torch.save(dict(x=torch.zeros(1)), hub / 'b.pth')
    fetch_weights(OPTION, 'https://example.org/a/b.pth')


def test_weights_of_the_demo_can_be_made(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.setattr('protune_mm.apis.weights.DEMO', tmp_path / 'demo')
    config = tmp_path / 'demo/some_net.py'
    config.parent.mkdir()
    config.touch()
    place = os.path.relpath(tmp_path)
    with pytest.raises(UserError) as info:
        fetch_weights(OPTION, f'{place}/_base_/../demo/some_net.pth')
    assert str(info.value).endswith(
        'no such file: run python tools/pretrain_demo_backbone.py '
        f'{place}/demo/some_net.py, or set --cfg-options {OPTION}=PATH.')


@pytest.mark.parametrize('name, named', [
    ('no/such.pth', 'no/such.pth, but there is no such file: set --cfg-o'),
    ('configs/demo/such.pth', 'such.pth, but there is no such file: set --c'),
    ('torchvision://resnet5', 'no weights named resnet5 '),
])
def test_wrong_names(name, named, root, monkeypatch):
    monkeypatch.chdir(root)
    with pytest.raises(UserError, match=named):
        fetch_weights(OPTION, name)
