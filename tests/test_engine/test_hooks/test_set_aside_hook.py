"""Old checkpoints are out of the way when a training begins."""
import os

import mmengine.dist.utils
import pytest
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from torch import nn

from protune_mm.engine.hooks import SetAsideHook
from protune_mm.engine.hooks.set_aside_hook import follow, set_aside
from protune_mm.models import ProTuneResNet
from protune_mm.tuning.base import Base
from tests.runners import toy_runner

OLD = ('epoch_2.pth', 'iter_15.pth', 'best_coco_bbox_mAP_epoch_2.pth')


@pytest.fixture
def run(tmp_path):
    """A folder with checkpoints, and weights that are none of a training."""
    for name in (*OLD, 'resnet50.pth'):
        (tmp_path / name).write_text('old')
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_2.pth'))
    return tmp_path


def moved(folder):
    """What lies in the folder of what was moved."""
    place, = folder.glob('before_*')
    return sorted(os.listdir(place))


def test_is_registered():
    assert HOOKS.get('SetAsideHook') is SetAsideHook


def test_checkpoints_are_moved(run, capsys):
    set_aside(run)
    assert moved(run) == sorted(OLD)
    assert (run / 'resnet50.pth').exists()
    assert not (run / 'last_checkpoint').exists()
    assert f'moved to {run}/before_' in capsys.readouterr().out


def test_nothing_there(run):
    set_aside(run / 'no')
    set_aside(run)
    set_aside(run)
    assert len(list(run.glob('before_*'))) == 1


def train(folder, **checkpoint):
    hook = SetAsideHook()
    built = toy_runner(folder, hook)
    built.register_hook(CheckpointHook(interval=-1, **checkpoint))
    built.train()


def test_when_a_training_begins(run):
    train(run)
    assert moved(run) == sorted(OLD)


def test_names_and_folders_of_the_checkpoint_hook(run, tmp_path_factory):
    out = tmp_path_factory.mktemp('out')
    (out / run.name).mkdir()
    for name in ('my_03.pth', 'my_net.pth'):
        (out / run.name / name).touch()
    train(run, out_dir=str(out), filename_tmpl='my_{:02d}.pth')
    assert moved(run) == sorted(OLD)
    assert moved(out / run.name) == ['my_03.pth']


def test_deltas_follow_their_base(run):
    """A new training may start from a file that it moves."""
    model = ProTuneResNet.mmdet(depth=18, base_channels=8)
    for name in ('epoch_2.pth', 'resnet50.pth'):
        model.base = Base('0' * 64,
                          dict(checkpoint=str(run / name), prefix=''))
        follow(nn.Sequential(model), set_aside(run))
        assert os.path.isfile(model.base.source['checkpoint'])
    assert model.base.source['checkpoint'] == str(run / 'resnet50.pth')


def test_one_process_of_many_moves_them(run, monkeypatch):
    monkeypatch.setattr(mmengine.dist.utils, 'get_rank', lambda group=None: 1)
    SetAsideHook().before_train(None)
    assert not list(run.glob('before_*'))
