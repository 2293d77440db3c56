"""Environments with the hosts, in which protune_mm is installed anew."""
import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path

from tests.command_line import CLOSED, ROOT

SOURCES = ('pyproject.toml', 'setup.py', 'MANIFEST.in', 'README.md', 'LICENSE',
           'protune_mm', 'configs', 'tools')


def run(*command, cwd, **env):
    """Run a command that must succeed; returns what it printed."""
    process = subprocess.run([str(word) for word in command],
                             cwd=cwd,
                             env={
                                 **os.environ, 'PYTHONPATH': '',
                                 **env
                             },
                             capture_output=True,
                             text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return process.stdout


def copy_sources(place):
    """Copy what an installation needs, without what setup.py made here."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name)
        else:
            shutil.copy(ROOT / name, place / name)
    shutil.rmtree(place / 'protune_mm/configs', ignore_errors=True)


def build_wheel(place):
    """The wheel, built without network from an sdist, as an index has it."""
    place = place / 'build'
    place.mkdir()
    copy_sources(place)
    (place / 'configs/demo/stray.pth').touch()
    # What an earlier editable install has left.
    (place / 'protune_mm/configs/coco').mkdir(parents=True)
    (place / 'protune_mm/configs/coco/stray.py').touch()
    run(sys.executable, 'setup.py', '-q', 'sdist', cwd=place)
    sdist, = (place / 'dist').glob('*.tar.gz')
    pip = (sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps')
    run(*pip, '--no-build-isolation', '--no-index', sdist, cwd=place / 'dist')
    wheel, = (place / 'dist').glob('*.whl')
    return wheel


def install(place, *what):
    """Make an environment in a folder, and let pip install something.

    Returns a function that runs one of its commands.
    """
    venv = place / 'venv'
    run(sys.executable, '-m', 'venv', '--without-pip', venv, cwd=place)
    python = venv / 'bin/python'
    purelib = run(
        python,
        '-c',
        'import sysconfig; print(sysconfig.get_path("purelib"))',
        cwd=place).strip()
    # A path in a .pth: packages are seen, an editable install's is not run.
    Path(purelib, 'hosts.pth').write_text('\n'.join(site.getsitepackages()))
    pip = (sys.executable, '-m', 'pip', '--python', python, 'install', '-q')
    run(*pip,
        '--no-deps',
        '--no-index',
        '--no-build-isolation',
        *what,
        cwd=place)

    def use(command, *arguments, cwd):
        return run(
            venv / 'bin' / command,
            *arguments,
            cwd=cwd,
            PATH=f'{venv / "bin"}:{os.environ["PATH"]}',
            PYTHONWARNINGS='ignore',
            http_proxy=CLOSED,
            https_proxy=CLOSED)

    return use


def documented_example(use, place):
    """Load the one of docs/usage.md; returns what is then printed."""
    text = (ROOT / 'docs/usage.md').read_text()
    example, = re.findall(r'```python\n(from mmengine.*?)```', text, re.DOTALL)
    (place / 'config.py').write_text(example)
    code = """
from mmengine.config import Config
cfg = Config.fromfile('config.py')
base = Config.fromstring(
    "_base_ = ['protune_mm::coco/htc_protune_r50_coco.py']", '.py')
base.model.backbone.depth = 101
assert cfg.to_dict() == base.to_dict()
import protune_mm
print(protune_mm.__file__)
"""
    return use('python', '-c', code, cwd=place)
