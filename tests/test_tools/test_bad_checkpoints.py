"""Checkpoints that are not what they say, through the command line."""
from fractions import Fraction

import pytest
import torch
from safetensors.torch import save_file

from tests.bad_files import BAD_FILES, with_code, write_bad
from tests.command_line import run_tool
from tests.small_classifier import write_config
from tests.test_tools.test_bad_input import refused

OPTION = 'model.backbone.init_cfg.checkpoint'


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A config, its weights, and the checkpoint of a training."""
    folder = tmp_path_factory.mktemp('trained')
    config, weights = write_config(folder)
    process = train(config, folder / 'run')
    assert process.returncode == 0, process.stderr[-3000:]
    return config, weights, folder / 'run/epoch_1.pth'


def train(config, folder, *options, **env):
    return run_tool(
        'train.py',
        config,
        '--work-dir',
        folder,
        *options,
        cwd=config.parent,
        **env)


def test(config, checkpoint, folder, *options):
    return run_tool(
        'test.py',
        config,
        checkpoint,
        '--work-dir',
        folder,
        *options,
        cwd=config.parent)


test.__test__ = False


def start(way, config, path, folder):
    """Run the tool that opens a file in one of the ways there are."""
    if way == 'test':
        return test(config, path, folder)
    options = {
        'init_cfg': ('--cfg-options', f'{OPTION}={path}'),
        'load_from': ('--cfg-options', f'load_from={path}'),
        'resume': ('--resume', path),
    }[way]
    return train(config, folder, *options)


@pytest.mark.parametrize('form', ['zip', 'pickle'])
@pytest.mark.parametrize('way', ['test', 'resume', 'init_cfg', 'load_from'])
def test_nothing_is_run(way, form, trained, tmp_path):
    config, _, good = trained
    path = with_code(good, tmp_path / 'x.pth', form, tmp_path / 'ran')
    sentence = refused(start(way, config, path, tmp_path / 'run'))
    assert f'{path} holds ' in sentence and '--trust-checkpoint' in sentence
    assert not (tmp_path / 'ran').exists()


def test_an_old_file_of_ones_own(trained, tmp_path):
    config, _, good = trained
    path = tmp_path / 'old.pth'
    torch.save(
        dict(torch.load(good, weights_only=False), lr=Fraction(1, 10)), path)
    sentence = refused(test(config, path, tmp_path / 'run'))
    assert f'{path} holds fractions.Fraction' in sentence
    process = test(config, path, tmp_path / 'run', '--trust-checkpoint')
    assert process.returncode == 0, process.stderr[-3000:]


def test_text_in_a_checkpoint_is_not_run(trained, tmp_path):
    config, _, good = trained
    checkpoint = torch.load(good, weights_only=False)
    text = f'import os\nos.system("touch {tmp_path}/ran")\n'
    checkpoint['meta'].update(config=text, cfg=text)
    torch.save(checkpoint, tmp_path / 'x.pth')
    process = train(config, tmp_path / 'run', '--resume', tmp_path / 'x.pth',
                    '--cfg-options', 'train_cfg.max_epochs=2')
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'resumed epoch: 1' in process.stdout
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize('kind', BAD_FILES)
def test_no_checkpoint(kind, trained, tmp_path):
    config, _, good = trained
    path = write_bad(kind, good, tmp_path)
    sentence = refused(start('init_cfg', config, path, tmp_path / 'run'))
    assert f'error: {path} {BAD_FILES[kind][1]}' in sentence
    assert sentence.endswith(
        f', or name another file with --cfg-options {OPTION}=PATH.')
    assert not (tmp_path / 'run').exists()  # nothing was begun


@pytest.mark.parametrize('way', ['test', 'resume', 'load_from'])
def test_no_checkpoint_whatever_the_way(way, trained, tmp_path):
    config, _, good = trained
    for kind in ('truncated', 'web page', 'NaN'):
        path = write_bad(kind, good, tmp_path)
        sentence = refused(start(way, config, path, tmp_path / 'run'))
        assert f'error: {path} {BAD_FILES[kind][1]}' in sentence


def test_wrong_prefix(trained, tmp_path):
    sentence = refused(
        train(trained[0], tmp_path, '--cfg-options',
              'model.backbone.init_cfg.prefix=bakbone'))
    assert "init_cfg.prefix is 'bakbone', but no entry of" in sentence
    assert 'to a part of it (backbone, head)' in sentence


def test_safetensors_load_everywhere(trained, tmp_path):
    config, weights, good = trained
    path = tmp_path / 'x.safetensors'
    save_file(torch.load(weights)['state_dict'], path)
    for way in ('init_cfg', 'load_from'):
        process = start(way, config, path, tmp_path / 'run')
        assert process.returncode == 0, process.stderr[-3000:]
    assert 'Loading a checkpoint: ' in process.stdout
    state = torch.load(good, weights_only=False)['state_dict']
    save_file(state, path)
    process = test(config, path, tmp_path / 'run')
    assert process.returncode == 0, process.stderr[-3000:]


@pytest.mark.parametrize('key', ['meta', 'optimizer'])
def test_no_state_of_a_training(key, trained, tmp_path):
    config, _, good = trained
    checkpoint = torch.load(good, weights_only=False)
    checkpoint.pop(key)
    path = tmp_path / 'x.pth'
    torch.save(checkpoint, path)
    sentence = refused(train(config, tmp_path / 'run', '--resume', path))
    assert f'{path} has no {key}' in sentence
    assert '--cfg-options load_from=PATH' in sentence


def test_a_head_of_other_classes_is_not_tested(trained, tmp_path):
    config, _, good = trained
    sentence = refused(
        test(config, good, tmp_path, '--cfg-options',
             'model.head.num_classes=30'))
    assert 'does not fill 2 of the ' in sentence
    assert 'head.fc.weight (26, 64) instead of (30, 64)' in sentence
    assert 'num_classes included' in sentence


@pytest.mark.parametrize('part', ['head.', 'backbone.prompts.'])
def test_every_entry_is_filled_in_a_test(part, trained, tmp_path):
    config, _, good = trained
    checkpoint = torch.load(good, weights_only=False)
    state = checkpoint['state_dict']
    checkpoint['state_dict'] = {
        name: value
        for name, value in state.items() if not name.startswith(part)
    }
    torch.save(checkpoint, tmp_path / 'x.pth')
    sentence = refused(test(config, tmp_path / 'x.pth', tmp_path / 'run'))
    absent = [
        name for name in state
        if name.startswith(part) and not name.endswith('_tracked')
    ]
    assert f'does not fill {len(absent)} of the ' in sentence
    assert absent[0] in sentence
