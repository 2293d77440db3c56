"""Configs of ours by name, in a checkout; in a wheel: test_wheel.py."""
import pytest
from mmengine.config import Config

from protune_mm.apis import load_config
from protune_mm.errors import UserError
from protune_mm.own_configs import locate

NAME = 'protune_mm::htc_protune_r50_coco.py'


def test_inheritance(root):
    cfg = Config.fromstring(f"_base_ = ['{NAME}']", '.py')
    ours = Config.fromfile(root / 'configs/htc_protune_r50_coco.py')
    assert cfg.to_dict() == ours.to_dict()


def test_those_of_the_hosts_are_found_as_before():
    base = 'mmdet::htc/htc_r50_fpn_1x_coco.py'
    cfg = Config.fromstring(f"_base_ = ['{base}']", '.py')
    assert cfg.model._scope_ == 'mmdet'


def test_tools_take_names(root):
    assert locate(NAME) == str(root / 'configs/htc_protune_r50_coco.py')
    assert locate('configs/x.py') == 'configs/x.py'
    assert load_config(NAME).work_dir == 'work_dirs/htc_protune_r50_coco'
    with pytest.raises(UserError, match=f'at {root}/configs/x.py'):
        load_config('protune_mm::x.py')
