"""Running the tools as users do."""
import gc
import multiprocessing
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLOSED = 'http://127.0.0.1:9'  # the discard port: no network in tests
# A server that has imported the hosts forks a fresh process for each tool,
# which saves the seconds of importing them again.
SERVER = multiprocessing.get_context('forkserver')
SERVER.set_forkserver_preload([
    'protune_mm', 'mmdet.apis', 'mmseg.apis', 'mmpretrain.apis',
    'tests.format_once', 'tests.found_once'
])


def environment(**more):
    """Environment of a tool: the repository's code, no network."""
    return {
        **os.environ, 'PYTHONPATH': str(ROOT),
        'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}',
        'http_proxy': CLOSED,
        'https_proxy': CLOSED,
        **more
    }


def _run(command, cwd, env, out, err):
    """Become a tool, in a process of its own."""
    for name, stream in ((out, sys.stdout), (err, sys.stderr)):
        with open(name, 'w') as file:
            os.dup2(file.fileno(), stream.fileno())
    gc.freeze()  # as in conftest.py
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = command
    sys.path.insert(0, str(ROOT))
    runpy.run_path(command[0], run_name='__main__')


def run_tool(tool, *arguments, cwd, **env):
    """Run a tool to its end and return the finished process."""
    command = [str(ROOT / 'tools' / tool), *map(str, arguments)]
    if not tool.endswith('.py'):
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment(**env),
            capture_output=True,
            text=True)
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder, name) for name in ('out', 'err')]
        process = SERVER.Process(
            target=_run, args=(command, cwd, environment(**env), *logs))
        process.start()
        process.join()
        texts = [log.read_text() for log in logs]
    return subprocess.CompletedProcess(command, process.exitcode, *texts)


def free_port():
    """A port that processes can meet at."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return str(probe.getsockname()[1])


def tiny_demo(epochs=1, iterations=None):
    """Options that shorten a demo's schedule, of epochs or of iterations."""
    schedule = [f'train_cfg.max_epochs={epochs}', 'train_cfg.val_interval=1']
    if iterations:
        schedule = [
            f'train_cfg.max_iters={iterations}',
            f'train_cfg.val_interval={iterations}',
            'train_dataloader.batch_size=2'
        ]
    return ['--cfg-options', *schedule] + [
        f'{loader}_dataloader.{option}' for loader in ('train', 'val', 'test')
        for option in ('num_workers=0', 'persistent_workers=False')
    ]
