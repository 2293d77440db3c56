"""Deltas through the command line: what is made, and what is refused."""
import hashlib
import json
import re
import shutil

import pytest
import torch
from mmengine.config import Config
from safetensors.torch import load_file

from protune_mm.tuning.base import BASE, Base
from tests.bad_files import with_code, write_bad
from tests.command_line import run_tool
from tests.small_tasks import flip, other_base, read, train_task, trained_on
from tests.test_tools.test_bad_input import refused
from tests.ways_to_open import delta, start


@pytest.fixture(scope='module')
def task(tmp_path_factory):
    """A trained task, not to be changed."""
    return train_task(tmp_path_factory.mktemp('task'))


@pytest.fixture
def unchanged(task):
    """Hold that no file of the task is another one afterwards."""

    def hashes():
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(task.config.parent.rglob('*'))
            if path.is_file()
        }

    before = hashes()
    yield
    assert hashes() == before


def done(process):
    assert process.returncode == 0, process.stderr[-3000:]
    return process.stdout


def same_states(path, other):
    for part in ('state_dict', 'ema_state_dict'):
        found, expected = read(path)[part], read(other)[part]
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert torch.equal(found[name], value), name


def test_there_and_back(task, unchanged, tmp_path):
    small, large = tmp_path / 'new/small.pth', tmp_path / 'large.pth'
    text = done(delta(task, 'extract', task.config, task.whole, small))
    assert f'Wrote {small}.' in text
    same_states(small, task.delta)
    assert small.stat().st_size < task.whole.stat().st_size / 2
    text = done(delta(task, 'merge', task.config, small, large))
    same_states(large, task.whole)
    assert not [path for path in tmp_path.rglob('*.part*')]


def test_inspecting(task, unchanged):
    text = done(delta(task, 'inspect', task.delta))
    assert 'A delta: ' in text and 'backbone.prompts' in text
    assert f"'checkpoint': '{task.base}'" in text


def test_publishing(task, unchanged, tmp_path):
    (tmp_path / 'x.json').write_text('{"mAP": 0.25}')
    text = done(
        delta(task, 'publish', task.config, task.delta, tmp_path / 'zoo',
              '--name', 'letters', '--half', '--metrics', tmp_path / 'x.json'))
    folder, = (tmp_path / 'zoo').iterdir()
    assert f'Published {folder}.' in text
    assert folder.name.startswith('letters-')
    manifest = json.loads((folder / 'task.json').read_text())
    assert manifest['metrics'] == dict(mAP=0.25)
    state = load_file(folder / manifest['weights'])
    assert state['head.fc.weight'].dtype is torch.float16
    text = done(delta(task, 'verify', folder))
    assert 'The files are those that were published.' in text
    assert 'are those of its base ' in text
    # As the checkpoint of any tool.
    assert 'accuracy/top1: ' in done(
        start('test', task, folder, tmp_path / 'run'))
    assert 'Loading a checkpoint: ' in done(
        start('load_from', task, folder, tmp_path / 'run'))


def test_verifying(task, unchanged):
    text = done(delta(task, 'verify', task.delta, '--config', task.config))
    assert ' entries of ImageClassifier are filled.' in text


def test_one_command_less(task, tmp_path):
    process = delta(task)
    assert process.returncode == 2 and 'the following arguments' in \
        process.stderr
    for path in (tmp_path, tmp_path / 'none.pth'):
        sentence = refused(delta(task, 'inspect', path))
        assert f'There is no checkpoint at {path}' in sentence
    assert 'no config at no.py' in refused(
        delta(task, 'merge', 'no.py', task.delta, tmp_path / 'x.pth'))


def nothing_written(folder):
    """But the logs of a run."""
    written = [
        path for path in folder.rglob('*')
        if path.suffix in ('.pth', '.safetensors') or path.name == 'task.json'
        or '.part' in path.name
    ]
    assert not written


@pytest.mark.parametrize('way', ['inspect', 'merge', 'publish', 'resume'])
def test_cut_short(way, task, unchanged, tmp_path):
    path = write_bad('truncated', task.delta, tmp_path)
    sentence = refused(start(way, task, path, tmp_path / 'out'))
    assert f'error: {path} is damaged or cut short' in sentence
    nothing_written(tmp_path / 'out')


@pytest.mark.parametrize('way', ['inspect', 'extract', 'verify', 'publish'])
@pytest.mark.parametrize('form', ['zip', 'pickle'])
def test_nothing_is_run(form, way, task, unchanged, tmp_path):
    path = with_code(task.delta, tmp_path / 'x.pt', form, tmp_path / 'ran')
    sentence = refused(start(way, task, path, tmp_path / 'out'))
    assert f'{path} holds ' in sentence and ', which can run code' in sentence
    assert not (tmp_path / 'ran').exists()
    nothing_written(tmp_path / 'out')


@pytest.mark.parametrize('way', ['inspect', 'verify', 'test', 'load_from'])
def test_the_base_is_no_command(way, task, unchanged, tmp_path):
    """mmengine would run what an init_cfg of another type names."""
    content, name = read(task.delta), f'backbone.{BASE}'
    base = Base.decode(content['state_dict'][name])
    text = json.dumps(
        dict(
            sha256=64 * '0',
            entries=base.number,
            source=dict(type='os.system', command=f'touch {tmp_path}/ran')))
    content['state_dict'][name] = torch.tensor(
        list(text.encode()), dtype=torch.uint8)
    torch.save(content, tmp_path / 'x.pt')
    options = ('model.backbone.init_cfg=None', ) if way == 'test' else ()
    sentence = refused(
        start(way, task, tmp_path / 'x.pt', tmp_path / 'out', *options))
    assert 'The identity of the base (base_identity) in this' in sentence
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize('way', ['inspect', 'verify', 'test', 'load_from'])
def test_a_flipped_bit_of_a_published_task(way, task, unchanged, tmp_path):
    folder = shutil.copytree(task.published, tmp_path / 'x')
    path, = folder.glob('*.safetensors')
    flip(path)  # in the middle of a tensor, where safetensors has no checksum
    sentence = refused(start(way, task, folder, tmp_path / 'out'))
    assert f'{path} should have the SHA-256 ' in sentence


@pytest.mark.parametrize('way', ['verify', 'test', 'resume'])
def test_a_flipped_bit_of_a_file(way, task, unchanged, tmp_path):
    """torch writes checksums into its zip archives; we look at them."""
    path = tmp_path / 'x.pt'
    shutil.copy(task.delta, path)
    value = read(path)['state_dict']['head.fc.weight'].numpy().tobytes()
    flip(path, path.read_bytes().index(value))
    sentence = refused(start(way, task, path, tmp_path / 'out'))
    assert re.search(r'is damaged \(\S+ has another checksum', sentence)


def test_a_config_of_a_published_task_is_not_run(task, unchanged, tmp_path):
    folder = shutil.copytree(task.published, tmp_path / 'x')
    text = (folder / 'config.py').read_text()
    manifest = json.loads((folder / 'task.json').read_text())
    for more in (f'open("{tmp_path}/ran", "w")\n',
                 "model = dict(type='mmengine.call_command', cmd=['touch', "
                 f"'{tmp_path}/ran'])\n"):
        (folder / 'config.py').write_text(text + more)
        digest = hashlib.sha256((folder / 'config.py').read_bytes())
        manifest['files']['config.py'] = digest.hexdigest()
        (folder / 'task.json').write_text(json.dumps(manifest))
        sentence = refused(delta(task, 'verify', folder))
        assert 'config.py has ' in sentence
        assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize(
    'way', ['verify', 'merge', 'publish', 'test', 'load_from', 'resume'])
def test_another_base(way, task, unchanged, tmp_path):
    """The same shapes, another number: both identities are named."""
    other = other_base(task, tmp_path / 'other.pt')
    option = f'model.backbone.init_cfg.checkpoint={other}'
    named = (option, )
    if way == 'verify':  # has no options
        cfg = Config.fromfile(task.config)
        cfg.model.backbone.init_cfg.checkpoint = str(other)
        cfg.dump(tmp_path / 'other.py')
        task, named = task._replace(config=tmp_path / 'other.py'), ()
    sentence = refused(start(way, task, task.delta, tmp_path / 'out', *named))
    base = Base.decode(read(task.delta)['state_dict'][f'backbone.{BASE}'])
    assert f'was trained on the base {base}, but' in sentence
    assert 'ProTuneResNet are ' in sentence and f' ({other}): ' in sentence
    nothing_written(tmp_path / 'out')


def test_extract_of_another_base(task, unchanged, tmp_path):
    path = trained_on(task, tmp_path / 'x.pt')
    for way in ('extract', 'publish'):
        sentence = refused(start(way, task, path, tmp_path / 'out'))
        assert f'in {path} are not those of ' in sentence
        assert f'({task.base})' in sentence
    nothing_written(tmp_path / 'out')


@pytest.mark.parametrize('way', ['merge', 'publish', 'test'])
def test_other_classes(way, task, unchanged, tmp_path):
    sentence = refused(
        start(way, task, task.delta, tmp_path / 'out',
              'model.head.num_classes=30'))
    assert 'does not fill 2 of the ' in sentence
    assert 'head.fc.weight (26, 64) instead of (30, 64)' in sentence
    nothing_written(tmp_path / 'out')


@pytest.mark.parametrize('way', ['merge', 'test', 'extract'])
def test_a_prefix_that_is_not_there(way, task, unchanged, tmp_path):
    path = task.whole if way == 'extract' else task.delta
    sentence = refused(
        start(way, task, path, tmp_path / 'out',
              'model.backbone.init_cfg.prefix=bakbone'))
    assert 'bakbone. is not in the pretrained model): name' in sentence or \
        "init_cfg.prefix is 'bakbone', but no entry of" in sentence


def test_a_delta_as_the_base(task, unchanged, tmp_path):
    """A training that starts from another's prompts, on that one's base."""
    option = f'model.backbone.init_cfg.checkpoint={task.delta}'
    process = run_tool(
        'train.py',
        task.config,
        '--work-dir',
        tmp_path / 'run',
        '--cfg-options',
        option,
        cwd=task.config.parent)
    assert 'Loading init_cfg of the backbone: ' in done(process)
    trained = read(tmp_path / 'run/epoch_1.pth')['state_dict']
    name = f'backbone.{BASE}'
    assert torch.equal(trained[name], read(task.delta)['state_dict'][name])
    done(
        start('test', task, tmp_path / 'run/epoch_1.pth', tmp_path / 'test',
              option))


@pytest.mark.parametrize('kind', [dict(type='Pretrained'), dict()])
def test_a_delta_that_names_itself(kind, task, unchanged, tmp_path):
    path, content = tmp_path / 'x.pt', read(task.delta)
    base = Base.decode(content['state_dict'][f'backbone.{BASE}'])
    source = dict(kind, checkpoint=str(path), prefix='backbone')
    content['state_dict'][f'backbone.{BASE}'] = Base(
        64 * '0', source, frozenset(map(str, range(base.number)))).encode()
    torch.save(content, path)
    sentence = refused(
        start('test', task, path, tmp_path / 'out',
              'model.backbone.init_cfg=None'))
    assert f'needs its base 0000000000000000 ({path})' in sentence


def test_no_published_task_to_go_on_from(task, unchanged, tmp_path):
    sentence = refused(start('resume', task, task.published, tmp_path / 'x'))
    assert f'{task.published} has no message_hub' in sentence
    assert '--cfg-options load_from=PATH' in sentence
