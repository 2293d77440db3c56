import importlib.util
import json
import sys
from pathlib import Path

import pytest

from protune_mm.datasets.embedded.tree_crowns import INSTALL

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location('setup_env',
                                              ROOT / 'tools' / 'setup_env.py')
setup_env = importlib.util.module_from_spec(spec)
spec.loader.exec_module(setup_env)


def table(*names):
    return [(name, 1, lambda name=name: (f'title of {name}', [[name]]))
            for name in names]


class FakeRun:
    """Stands for pip: notes the commands, and fails at those told."""

    def __init__(self, *failing, output=''):
        self.calls, self.failing, self.output = [], failing, output

    def __call__(self, command, log, usual):
        self.calls.append(command[0])
        with open(log, 'a') as out:
            out.write(f'\n$ {command[0]}\n{self.output}')
        return int(command[0] in self.failing)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project tree whose requirements a test may change."""
    (tmp_path / 'requirements.txt').write_text('numpy\n')
    (tmp_path / 'pyproject.toml').write_text('')
    monkeypatch.setattr(setup_env, 'ROOT', tmp_path)
    monkeypatch.setattr(setup_env, 'missing_tools', lambda done: None)
    return tmp_path


def set_up(root, run, *names):
    return setup_env.set_up(root / 'venv', table=table(*names), run=run)


def test_second_run_does_nothing(root, capsys):
    assert set_up(root, FakeRun(), 'a', 'b') == 0
    assert '[2/2] title of b' in capsys.readouterr().out
    again = FakeRun()
    assert set_up(root, again, 'a', 'b') == 0
    assert again.calls == []
    assert capsys.readouterr().out.count('\n') == 1


def test_added_step_runs_alone(root):
    set_up(root, FakeRun(), 'a', 'b')
    dev = FakeRun()
    assert set_up(root, dev, 'a', 'b', 'dev') == 0
    assert dev.calls == ['dev']
    # and without it the set-up still counts as complete
    plain = FakeRun()
    assert set_up(root, plain, 'a', 'b') == 0
    assert plain.calls == []


@pytest.mark.parametrize('name', ['requirements.txt', 'pyproject.toml'])
def test_reruns_after_a_change(root, name):
    set_up(root, FakeRun(), 'a', 'b')
    (root / name).write_text('# changed')
    again = FakeRun()
    assert set_up(root, again, 'a', 'b') == 0
    assert again.calls == ['a', 'b']


def test_resumes_at_the_failed_step(root):
    assert set_up(root, FakeRun('b'), 'a', 'b', 'c') == 1
    stamp = json.loads((root / 'venv' / 'setup.json').read_text())
    assert stamp['done'] == ['a']
    again = FakeRun()
    assert set_up(root, again, 'a', 'b', 'c') == 0
    assert again.calls == ['b', 'c']


def test_second_try_of_a_step(root, capsys):
    steps = [('torch', 1, lambda: ('torch', [['cpu'], ['default']]))]
    run = FakeRun('cpu')
    assert setup_env.set_up(root / 'venv', table=steps, run=run) == 0
    assert run.calls == ['cpu', 'default']
    assert 'trying the default build' in capsys.readouterr().out


def test_what_an_index_lacks_is_tried_again(root):
    steps = [('trees', 1, lambda: ('trees', [['trees'], ['without']]))]
    for calls, fails in ((['trees', 'without'], ('trees', )), (['trees'], ()),
                         ([], ())):
        run = FakeRun(*fails)
        assert setup_env.set_up(root / 'venv', table=steps, run=run) == 0
        assert run.calls == calls


@pytest.mark.parametrize('output, remedy', [
    ('OSError: [Errno 28] No space left on device', 'disk is full'),
    ('fatal error: Python.h: No such file', 'python3-dev'),
    ('ERROR: No matching distribution found for x', 'check the network'),
    ('ninja: build stopped: subcommand failed.', 'The compiler failed'),
    ('No module named \'mmcv._ext\'', 'pip cache remove'),
    ('something new', 'Check network, disk and compiler'),
])
def test_failure_says_what_to_do(root, capsys, output, remedy):
    lines = ''.join(f'line {i};\n' for i in range(30))
    run = FakeRun('mmcv', output=lines + output)
    assert set_up(root, run, 'mmcv') == 1
    message = capsys.readouterr().err
    assert 'Step "mmcv" failed' in message
    assert str(root / 'venv' / 'setup.log') in message
    assert output in message
    assert 'line 16;' in message and 'line 15;' not in message
    assert remedy in message


def test_real_run_logs_and_returns_the_code(tmp_path):
    log = tmp_path / 'log'
    command = [sys.executable, '-c', 'print("hello"); raise SystemExit(3)']
    assert setup_env.run(command, log, 1) == 3
    assert 'hello' in log.read_text()


def test_torch_that_is_there_is_kept():
    title, tries = setup_env.choose_torch('2.11.0+cu128', True, 'torch')
    assert '2.11.0+cu128' in title and tries == []


@pytest.mark.parametrize('present', ['', '2.3.1'])
def test_wanted_torch_wins(present):
    wanted = 'torch==2.11.0 --index-url https://example.org/whl'
    _, tries = setup_env.choose_torch(present, True, wanted)
    assert tries == [wanted.split()]


def test_gpu_gets_the_default_torch():
    _, tries = setup_env.choose_torch('', True)
    assert tries == [['torch==2.13.0']]


def test_cpu_gets_the_cpu_torch_first(monkeypatch):
    monkeypatch.setattr(sys, 'platform', 'linux')
    _, (first, second) = setup_env.choose_torch('', False, '')
    assert first[0] == 'torch==2.13.0+cpu'
    assert second == ['torch==2.13.0']


@pytest.mark.parametrize('torch, torchvision, index', [
    ('2.13.0+cpu', '0.28.*', 'cpu'),
    ('2.11.0+cu128', '0.26.*', 'cu128'),
    ('2.13.0', '0.28.*', None),
])
def test_torchvision_matches_torch(torch, torchvision, index):
    _, [args] = setup_env.choose_torchvision(torch, '')
    # naming the installed torch keeps pip from replacing it
    assert args[:2] == [f'torchvision=={torchvision}', f'torch=={torch}']
    assert any(arg.endswith(f'/{index}') for arg in args) == bool(index)


def test_torchvision_that_is_there_is_kept():
    assert setup_env.choose_torchvision('2.13.0', '0.28.0')[1] == []


def test_old_python_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(sys, 'version_info', (3, 9, 1, 'final', 0))
    message = setup_env.missing_tools()
    assert 'Python 3.10' in message and '\n' not in message


def test_missing_compiler_matters_only_for_mmcv(monkeypatch):
    monkeypatch.setattr(setup_env.shutil, 'which', lambda name: None)

    def cached(wheel):
        done = setup_env.subprocess.CompletedProcess([], 0, stdout=wheel)
        monkeypatch.setattr(setup_env.subprocess, 'run',
                            lambda *args, **kwargs: done)

    cached('')
    assert 'apt install g++' in setup_env.missing_tools()
    assert setup_env.missing_tools(done=['mmcv']) is None
    cached('onedl_mmcv-2.3.6-cp311-cp311-linux_x86_64.whl')
    assert setup_env.missing_tools() is None


def test_every_step_has_a_plan():
    names = [name for name, _, _ in setup_env.steps(Path('venv'), dev=True)]
    assert names == [
        'venv', 'torch', 'tools', 'torchvision', 'mmcv', 'hosts', 'project',
        'trees', 'dev'
    ]


@pytest.mark.parametrize('step', ['project', 'dev'])
def test_the_project_brings_what_it_depends_on(step):
    """Without tools for tests too: what it imports is not all of a host's."""
    plans = {
        name: plan
        for name, _, plan in setup_env.steps(Path('venv'), dev=True)
    }
    for _, _, command in plans[step]()[1]:
        assert '--no-deps' not in command
        assert command.endswith(f'-c {ROOT / "requirements.txt"}')


def test_weights_that_cannot_be_had_stop_nothing():
    plans = {name: plan for name, _, plan in setup_env.steps(Path('venv'))}
    first, second = (command for _, _, command in plans['project']()[1])
    assert " '.[demo]' " in first
    assert second == first.replace("'.[demo]'", '.')


def test_trees_come_alone_and_stop_nothing():
    plans = {name: plan for name, _, plan in setup_env.steps(Path('venv'))}
    (_, _, first), second = plans['trees']()[1]
    assert first.endswith(INSTALL.partition('pip install')[2])
    assert second == ['true']
