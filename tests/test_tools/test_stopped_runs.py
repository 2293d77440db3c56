"""tools/train.py in folders that hold what stopped runs leave."""
import shutil

import pytest
import torch

from tests.command_line import run_tool
from tests.small_classifier import write_config
from tests.test_tools.test_bad_input import refused

INIT = 'model.backbone.init_cfg.checkpoint'


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    """Two epochs of a small classifier."""
    folder = tmp_path_factory.mktemp('stopped')
    path, _ = write_config(folder)
    text = path.read_text().replace('max_epochs=1', 'max_epochs=2')
    path.write_text(text + '\nrandomness = dict(seed=0)\n')
    return path


@pytest.fixture(scope='module')
def finished(config):
    """The work directory of the whole run."""
    folder = config.parent / 'finished'
    process = train(config, folder)
    assert process.returncode == 0, process.stderr[-3000:]
    return folder


@pytest.fixture
def stopped(finished, tmp_path):
    """A copy as if the run had stopped after an epoch, and was moved."""
    folder = tmp_path / 'moved'
    shutil.copytree(finished, folder)
    (folder / 'epoch_2.pth').unlink()
    return folder


def train(config, folder, *flags):
    """Train in a folder; return the finished process."""
    return run_tool(
        'train.py', config, '--work-dir', folder, *flags, cwd=folder.parent)


def weights(path):
    """The head's weights of a checkpoint."""
    return torch.load(path, weights_only=False)['state_dict']['head.fc.weight']


def goes_on(config, folder, finished):
    """Resume, look at the end and return what was printed."""
    process = train(config, folder, '--resume')
    assert process.returncode == 0, process.stderr[-3000:]
    assert f'goes on from {folder}/epoch_1.pth' in process.stdout
    assert 'Epoch(train) [1]' not in process.stdout
    assert torch.equal(
        weights(folder / 'epoch_2.pth'), weights(finished / 'epoch_2.pth'))
    return process.stdout


@pytest.mark.parametrize('record', ['moved', 'empty', 'missing'])
def test_whatever_last_checkpoint_says(config, finished, stopped, record):
    last = stopped / 'last_checkpoint'
    if record == 'empty':
        last.write_text('')
    elif record == 'missing':
        last.unlink()
    before = weights(stopped / 'epoch_1.pth')
    goes_on(config, stopped, finished)
    assert torch.equal(weights(stopped / 'epoch_1.pth'), before)


@pytest.mark.parametrize('size', [0, 0.5])
def test_a_damaged_checkpoint_is_passed_over(config, finished, stopped, size):
    whole = (finished / 'epoch_2.pth').read_bytes()
    damaged = stopped / 'epoch_2.pth'
    damaged.write_bytes(whole[:int(size * len(whole))])
    printed = goes_on(config, stopped, finished)
    line, = [x for x in printed.splitlines() if x.startswith('Passed over')]
    assert str(damaged) in line


def test_none_is_whole(config, stopped):
    (stopped / 'epoch_1.pth').write_bytes(b'')
    sentence = refused(train(config, stopped, '--resume'))
    assert f'no checkpoint in {stopped} is whole' in sentence
    assert (stopped / 'epoch_1.pth').exists()


def test_without_resume_nothing_is_overwritten(config, stopped):
    before = (stopped / 'epoch_1.pth').read_bytes()
    process = train(config, stopped)
    assert process.returncode == 0, process.stderr[-3000:]
    place, = stopped.glob('before_*')
    assert f'moved to {place}' in process.stdout
    assert (place / 'epoch_1.pth').read_bytes() == before
    assert (stopped / 'epoch_2.pth').exists()


def test_resume_in_an_empty_folder_keeps_load_from(config, finished, tmp_path):
    start = finished / 'epoch_1.pth'
    process = train(config, tmp_path / 'new', '--resume', '--cfg-options',
                    f'load_from={start}', 'optim_wrapper.optimizer.lr=0.0',
                    'param_scheduler=None')
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'starts from the beginning' in process.stdout
    assert torch.equal(weights(tmp_path / 'new/epoch_2.pth'), weights(start))


def test_checkpoints_without_the_optimizer(config, finished, tmp_path):
    option = [
        '--cfg-options', 'default_hooks.checkpoint.type=CheckpointHook',
        'default_hooks.checkpoint.save_optimizer=False'
    ]
    folder = tmp_path / 'run'
    process = train(config, folder, *option, 'train_cfg.max_epochs=1')
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'no optimizer' in refused(
        train(config, folder, '--resume', folder / 'epoch_1.pth'))
    process = train(config, folder, '--resume', *option)
    assert process.returncode == 0, process.stderr[-3000:]
    assert f'goes on from {folder}/epoch_1.pth' in process.stdout
    assert 'Epoch(train) [1]' not in process.stdout


@pytest.mark.parametrize('option', ['load_from', INIT])
def test_a_start_from_what_is_moved(config, stopped, option):
    """The new training would overwrite the file that it starts from."""
    start = stopped / 'epoch_1.pth'
    before = start.read_bytes()
    options = ['--cfg-options', f'{option}={start}']
    process = train(config, stopped, *options)
    assert process.returncode == 0, process.stderr[-3000:]
    place, = stopped.glob('before_*')
    assert (place / 'epoch_1.pth').read_bytes() == before
    start.unlink()
    sentence = refused(train(config, stopped, *options))
    assert f'a later training moved it to {place}/epoch_1.pth' in sentence


def test_a_start_that_is_refused_moves_nothing(config, finished, stopped):
    sentence = refused(
        train(config, stopped, '--cfg-options',
              'optim_wrapper.optimizer.type=AdmW'))
    assert 'no optimizer called AdmW: look at its spelling' in sentence
    goes_on(config, stopped, finished)


def test_resume_points_to_what_was_moved(config, stopped):
    place = stopped / 'before_20260102_030405'
    place.mkdir()
    (stopped / 'epoch_1.pth').rename(place / 'epoch_1.pth')
    (stopped / 'last_checkpoint').unlink()
    process = train(config, stopped, '--resume')
    assert process.returncode == 0, process.stderr[-3000:]
    assert f'(an earlier one left {place}: to go on from it' in process.stdout
