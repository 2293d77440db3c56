"""Configs of ours by name, in a checkout; in a wheel: test_wheel.py."""
import pytest
from mmengine.config import Config

from protune_mm.apis import load_config
from protune_mm.errors import UserError
from protune_mm.own_configs import _find_in_package, locate, variables

NAME = 'protune_mm::htc_protune_r50_coco.py'


def test_inheritance(root):
    cfg = Config.fromstring(f"_base_ = ['{NAME}']", '.py')
    ours = Config.fromfile(root / 'configs/htc_protune_r50_coco.py')
    assert cfg.to_dict() == ours.to_dict()


def test_those_of_the_hosts_are_found_as_before():
    base = 'mmdet::htc/htc_r50_fpn_1x_coco.py'
    cfg = Config.fromstring(f"_base_ = ['{base}']", '.py')
    assert cfg.model._scope_ == 'mmdet'
    # Once: mmengine parses all metafiles of a package to find one.
    parsed = _find_in_package.cache_info().misses
    again = Config.fromstring(f"_base_ = ['{base}']", '.py')
    assert again.to_dict() == cfg.to_dict()
    assert _find_in_package.cache_info().misses == parsed


def test_variables_are_those_of_the_whole_config(root):
    cfg = Config.fromfile(root / 'configs/htc_protune_r50_coco.py')
    values = variables('htc_protune_r50_coco.py')
    assert values == cfg.to_dict() and type(values['model']) is dict


def test_tools_take_names(root):
    place = str(root / 'configs/htc_protune_r50_coco.py')
    assert locate(NAME) == place
    assert locate('protune_mm::coco/htc_protune_r50_coco.py') == place
    assert locate('protune_mm::ade20k/htc_protune_r50_coco.py') != place
    demo = 'demo/htc_protune_r18_digits.py'
    assert locate(f'protune_mm::{demo}') == str(root / 'configs' / demo)
    name = 'trees/fcos_protune_lite0_trees.py'
    assert locate(f'protune_mm::{name}') == str(
        root / 'configs/demo/fcos_protune_lite0_trees.py')
    assert locate('configs/x.py') == 'configs/x.py'
    assert load_config(NAME).work_dir == 'work_dirs/htc_protune_r50_coco'
    with pytest.raises(UserError, match=f'at {root}/configs/x.py'):
        load_config('protune_mm::x.py')
