"""Configs of others are read, not run."""
import os
from functools import lru_cache
from pathlib import Path

import pytest
from mmengine.config import Config, utils
from yapf.yapflib import yapf_api

from protune_mm.engine.whole_model import build_model
from protune_mm.errors import UserError
from protune_mm.publishing.literal_config import read_config
from protune_mm.publishing.publish import _named_types
from tests.command_line import ROOT

CONFIGS = [*ROOT.glob('configs/*.py'), *ROOT.glob('configs/demo/*.py')]
# Each makes the file CANARY where it is run, and is refused.
PROGRAMS = dict(
    importing='import os',
    importing_names='from os import system',
    calling='x = open("CANARY", "w")',
    statement='open("CANARY", "w")',
    method='x = "a".join(open("CANARY", "w"))',
    hidden_import='x = __import__("os").system("touch CANARY")',
    f_string='x = f"{open(\'CANARY\', \'w\')}"',
    comprehension='x = [open("CANARY", "w") for _ in (1, )]',
    generator='x = dict(a=(open("CANARY", "w") for _ in (1, )))',
    function='x = lambda: open("CANARY", "w")',
    called_function='x = (lambda: open("CANARY", "w"))()',
    attribute='x = ().__class__.__base__',
    subscript='x = (open, )[0]("CANARY", "w")',
    default='def x(a=open("CANARY", "w")): pass',
    decorator='@open\nclass CANARY: pass',
    branch='if open("CANARY", "w"): x = 1',
    walrus='x = (y := open("CANARY", "w"))',
    in_dict='x = dict(a=dict(b=[{"c": (open("CANARY", "w"), )}]))',
    key='x = {open("CANARY", "w"): 1}',
    number='x = float(open("CANARY", "w"))',
    set_of='x = set(open("CANARY", "w"))',
    unpacked='x = dict(**open("CANARY", "w"))',
    unpacked_literal='x = {**open("CANARY", "w")}',
    own_dict='dict = open\nx = dict(file="CANARY", mode="w")',
    name='x = y',
    product='x = "a" * 10**9',
    added='x = [1]\nx += [2]',
    two='x = y = 1',
    item='x = dict()\nx["a"] = 1',
    annotated='x: open("CANARY", "w") = 1',
    deleted='x = 1\ndel x',
    asserted='assert open("CANARY", "w")',
    docstring='"""A config."""',
    no_python='x = ',
    no_text='\0',
    deep='x = ' + 1000 * '[' + 1000 * ']',
    long='x = ' + 100000 * '-' + '1',
)


def write(text, folder):
    path = folder / 'config.py'
    path.write_text(text)
    return path


@pytest.mark.parametrize('kind', PROGRAMS)
def test_nothing_is_run(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = PROGRAMS[kind].replace('CANARY', f'{tmp_path}/CANARY')
    if kind == 'own_dict':  # a name, and a call of what it says no more
        assert text.startswith('dict = open\n')
    with pytest.raises(UserError, match=r'is read, not run: publish it with'):
        read_config(write(text, tmp_path))
    assert os.listdir(tmp_path) == ['config.py']


# As long as mmengine's registries lack them, it imports and calls them.
@pytest.mark.parametrize('kind', [
    'os.system', 'posix.system', 'mmengine.fileio.os.system', 'builtins.exec',
    'subprocess.Popen', 'mmengine.call_command', 'mmengine.load',
    'mmengine.Config', 'mmengine.rmtree', 'mmcv.imwrite', 'mmcv.VideoReader',
    'mmdet.apis.init_detector', 'antigravity', 'mmengine', '.os', 'os.', 'a b',
    'torch.load', ''
])
def test_types_that_are_no_names(kind, tmp_path):
    for node in (dict(type=kind), [dict(a=(dict(type=kind), ))]):
        path = write(f'model = dict(a={node!r})\n', tmp_path)
        with pytest.raises(UserError, match='is no registered name: write it'):
            read_config(path)


def test_what_such_a_type_would_do(tmp_path):
    """So that the names above are not refused for nothing."""
    command = dict(
        type='mmengine.call_command', cmd=['touch', f'{tmp_path}/ran'])
    try:
        build_model(Config(dict(model=command)))
    except TypeError:  # it returns no module
        pass
    assert (tmp_path / 'ran').exists()


@pytest.mark.parametrize('text, message', [
    ("default_scope = 'tests'", "has the scope 'tests'"),
    ("x = dict(type='ReLU', _scope_='os')", "has the scope 'os'"),
    ("x = [dict(trust_remote_code=True)]", 'has trust_remote_code'),
    ("model = dict(class_weight='a/x.pkl')", 'names a/x.pkl in its model'),
    ("model = dict(a=[('b', \"'.pickle\")])", 'names .pickle in its model'),
    ("model = dict(class_weight='http://a/x.yaml')", 'http://a/x.yaml in'),
])
def test_other_ways_to_code(text, message, tmp_path):
    with pytest.raises(UserError, match=message):
        read_config(write(text, tmp_path))


def test_files_elsewhere_may_be_pickles(tmp_path):
    text = "train_dataloader = dict(dataset=dict(ann_file='x.pkl'))"
    assert read_config(write(text, tmp_path))


def test_values(tmp_path):
    values = dict(
        a=(1, 2.5, (3, ), ()),
        b=[float('inf'), -float('inf'), 1e-5, -1, 2**70],
        c=None,
        d={
            'a.b': {
                'two words': 1,
                3: True,
                (1, 2): 'x'
            },
            'class': 2
        },
        e={},
        nan=[float('nan')],
        f='quotes \' " \\ \n, Ünicode {{ }}',
        g=dict(type='ReLU', h=dict(type='mmdet.ResNet')),
        i={1, 2},
        j=b'bytes')
    Config(values).dump(tmp_path / 'config.py')
    found = read_config(tmp_path / 'config.py').to_dict()
    assert repr(found.pop('nan')) == repr(values.pop('nan')) == '[nan]'
    assert found == values
    assert isinstance(found['a'], tuple) and isinstance(found['a'][2], tuple)
    assert isinstance(found['b'], list)
    assert all(isinstance(x, float) for x in found['b'][:3])


read_once = lru_cache(maxsize=None)(utils.load)


@pytest.fixture
def quick_dump(monkeypatch):
    """Without yapf and with the hosts' lists read once, which take seconds."""
    monkeypatch.setattr(yapf_api, 'FormatCode', lambda text, **_: (text, True))
    monkeypatch.setattr(utils, 'load', read_once)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_our_configs(path, quick_dump, tmp_path):
    cfg = Config.fromfile(path)
    cfg.dump(tmp_path / 'config.py')
    assert read_config(tmp_path / 'config.py').to_dict() == cfg.to_dict()


def test_as_yapf_leaves_it(tmp_path):
    cfg = Config.fromfile(ROOT / 'configs/demo/vit_slim_letters.py')
    cfg.dump(tmp_path / 'config.py')
    found = read_config(tmp_path / 'config.py')
    assert found.to_dict() == cfg.to_dict()
    assert found.filename == str(tmp_path / 'config.py')


BASE = """
from mmcv.cnn.bricks import ConvModule
from mmcv.ops import RoIAlign
from mmcv.transforms import LoadImageFromFile
from mmengine.optim import OptimWrapper
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.datasets import PackInputs
from mmpretrain.models import ImageClassifier, LinearClsHead, ResNet
from mmpretrain.models.necks import GlobalAveragePooling
from torch.nn import BatchNorm2d
from torch.optim import SGD
default_scope = 'mmpretrain'
norm = dict(type=BatchNorm2d)
model = dict(
    type=ImageClassifier,
    backbone=dict(type=ResNet, depth=18, base_channels=8, norm_cfg=norm),
    neck=dict(type=GlobalAveragePooling),
    head=dict(type=LinearClsHead, num_classes=4, in_channels=64))
roi = dict(type=RoIAlign)
pipeline = [dict(type=LoadImageFromFile), dict(type=PackInputs)]
optim_wrapper = dict(type=OptimWrapper, optimizer=dict(type=SGD, lr=.1))
train_cfg = dict(type=EpochBasedTrainLoop, max_epochs=1)
"""
CHILD = """
from mmengine.config import read_base
with read_base():
    from .base import *
from protune_mm.models import ProTuneResNet
model.backbone.update(type=ProTuneResNet, stem_channels=8)
"""


def test_pure_python(tmp_path):
    Path(tmp_path, 'base.py').write_text(BASE)
    cfg = Config.fromfile(write(CHILD, tmp_path))
    Config(_named_types(cfg.to_dict())).dump(tmp_path / 'named.py')
    found = read_config(tmp_path / 'named.py')
    assert found.model.type == 'mmpretrain.ImageClassifier'
    assert found.model.backbone.type == 'ProTuneResNet'
    assert found.model.backbone.norm_cfg.type == 'BN'  # as it is registered
    assert found.roi.type == 'RoIAlign'  # mmdet looks into mmcv.ops
    assert [one['type'] for one in found.pipeline
            ] == ['mmcv.LoadImageFromFile', 'mmpretrain.PackInputs']
    assert found.optim_wrapper.optimizer.type == 'SGD'
    states = [build_model(one).state_dict() for one in (cfg, found)]
    assert states[0].keys() == states[1].keys()
    assert any('prompts' in name for name in states[0])
