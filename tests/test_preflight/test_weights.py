"""Weights that are there, and weights that cannot be had."""
import os
from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config

from protune_mm.apis import load_config
from protune_mm.errors import UserError
from protune_mm.preflight.weights import (check_weights, fetch_weights,
                                          find_weights)

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
    ('https://example.org/a/b.pth', '[0-9a-f]{12}-b.pth'),
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
    monkeypatch.setattr('protune_mm.preflight.weights.DEMO', tmp_path / 'demo')
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


def test_what_is_no_checkpoint(tmp_path):
    path = tmp_path / 'x.pth'
    path.touch()
    cfg = Config(dict(load_from=str(path)))
    message = (f'^{path} is empty .*, or name another file with --cfg-options '
               'load_from=PATH.$')
    with pytest.raises(UserError, match=message):
        check_weights(cfg)


@pytest.mark.parametrize('prefix, fits', [
    (None, True),
    ('backbone', True),
    ('backbone.', True),
    ('back', False),
    ('bakbone', False),
])
def test_prefixes(prefix, fits, tmp_path):
    path = tmp_path / 'x.pth'
    torch.save({'backbone.x': torch.ones(1)}, path)
    cfg = Config(
        dict(
            model=dict(
                backbone=dict(
                    init_cfg=dict(
                        type='Pretrained', checkpoint=str(path),
                        prefix=prefix)))))
    if fits:
        check_weights(cfg)
        return
    with pytest.raises(UserError) as info:
        check_weights(cfg)
    assert str(info.value) == (
        f"model.backbone.init_cfg.prefix is '{prefix}', but no entry of "
        f'{path} begins so: set --cfg-options model.backbone.init_cfg.prefix '
        'to a part of it (backbone), or to None for a bare backbone.')
