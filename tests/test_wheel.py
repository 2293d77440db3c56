"""The wheel stands alone: built from the sdist, used without a checkout."""
import json
import os
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.command_line import CLOSED, ROOT, tiny_demo

SOURCES = ('pyproject.toml', 'setup.py', 'MANIFEST.in', 'README.md', 'LICENSE',
           'protune_mm', 'configs', 'tools')
MIM = 'protune_mm/.mim'


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


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel, built without network from an sdist, as an index has it."""
    place = tmp_path_factory.mktemp('build')
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, place / name)
    (place / 'configs/demo/stray.pth').touch()
    run(sys.executable, 'setup.py', '-q', 'sdist', cwd=place)
    sdist, = (place / 'dist').glob('*.tar.gz')
    pip = (sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps')
    run(*pip, '--no-build-isolation', '--no-index', sdist, cwd=place / 'dist')
    wheel, = (place / 'dist').glob('*.whl')
    return wheel


@pytest.fixture(scope='module')
def installed(wheel, tmp_path_factory):
    """Run in an environment with the hosts and the wheel, but no checkout."""
    place = tmp_path_factory.mktemp('installed')
    venv = place / 'venv'
    run(sys.executable, '-m', 'venv', '--without-pip', venv, cwd=place)
    python = venv / 'bin/python'
    purelib = run(
        python,
        '-c',
        'import sysconfig; print(sysconfig.get_path("purelib"))',
        cwd=place).strip()
    pip = (sys.executable, '-m', 'pip', '--python', python, 'install', '-q')
    run(*pip, '--no-deps', '--no-index', wheel, cwd=place)
    # A path in a .pth: packages are seen, an editable install's is not run.
    Path(purelib, 'hosts.pth').write_text('\n'.join(site.getsitepackages()))

    def use(command, *arguments, cwd):
        return run(
            venv / 'bin' / command,
            *arguments,
            cwd=cwd,
            PYTHONWARNINGS='ignore',
            http_proxy=CLOSED,
            https_proxy=CLOSED)

    return use


def test_contents(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f'{MIM}/{path.relative_to(ROOT)}'
        for folder in ('configs', 'tools')
        for path in (ROOT / folder).rglob('*.py')
    }
    expected -= {f'{MIM}/tools/{x}.py' for x in ('setup_env', 'model_index')}
    expected |= {
        f'{MIM}/{x}'
        for x in ('configs/demo/resnet18_slim_letters.pth',
                  'configs/metafile.yml', 'model-index.yml',
                  'tools/dist_train.sh', 'tools/dist_test.sh',
                  'tools/slurm_train.sh')
    }
    assert {name for name in names if name.startswith(MIM)} == expected
    for data in ('reproduction/paper_results.csv',
                 'datasets/published/imagenet200.json'):
        assert f'protune_mm/{data}' in names
    assert not [name for name in names if name.startswith('tests')]


def test_index(wheel):
    archive = zipfile.ZipFile(wheel)

    def load(name):
        return yaml.safe_load(archive.read(f'{MIM}/{name}'))

    path, = load('model-index.yml')['Import']
    index = load(path)
    collections = {collection['Name'] for collection in index['Collections']}
    assert collections == {model['In Collection'] for model in index['Models']}
    indexed = {model['Config'] for model in index['Models']}
    assert len(indexed) == len(index['Models'])
    assert {f'{MIM}/{config}' for config in indexed} <= set(archive.namelist())
    leaves = {
        str(path.relative_to(ROOT))
        for path in (ROOT / 'configs').rglob('*_*.py')
        if '_base_' not in path.parts
    }
    # The configs that pre-train the demo's backbones tune nothing.
    assert leaves - indexed == {
        'configs/demo/resnet18_slim_letters.py',
        'configs/demo/vit_slim_letters.py'
    }


@pytest.mark.parametrize('name', [
    'htc_protune_r50_coco', 'fcn_protune_r50_ade20k',
    'classifier_protune_r50_cifar100', 'demo/htc_protune_r18_digits'
])
@pytest.mark.parametrize('first', ['import protune_mm', ''])
def test_inheritance(name, first, installed, tmp_path):
    """In our tools, and in those of the hosts, which do not import us."""
    base = f"['protune_mm::{name}.py']"
    if not first:
        base = f"__import__('protune_mm') and {base}"
    (tmp_path / 'config.py').write_text(f'_base_ = {base}\nextra = 1\n')
    code = f"""
{first}
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
cfg = Config.fromfile('config.py')
with DefaultScope.overwrite_default_scope(cfg.default_scope):
    model = MODELS.build(cfg.model)
import protune_mm
print(cfg.extra, bool(model.backbone.prompts), protune_mm.__file__)
"""
    *_, line = installed('python', '-c', code, cwd=tmp_path).splitlines()
    extra, prompts, file = line.split()
    assert (extra, prompts) == ('1', 'True')
    assert str(ROOT) not in file and '/venv/' in file


def test_training_and_testing(installed, tmp_path):
    """The console scripts, and a config by its name."""
    out = installed(
        'protune-demo',
        'fcn',
        '--work-dir',
        'demo',
        *tiny_demo(iterations=2),
        cwd=tmp_path)
    assert 'mIoU' in out and 'predictions.png' in out
    assert (tmp_path / 'demo/predictions.png').exists()
    config = 'protune_mm::demo/fcn_protune_r18_digits.py'
    installed('protune-train', config, *tiny_demo(iterations=2), cwd=tmp_path)
    place = tmp_path / 'work_dirs/fcn_protune_r18_digits'
    checkpoint = (place / 'last_checkpoint').read_text()
    installed(
        'protune-test',
        config,
        checkpoint,
        *tiny_demo(iterations=2),
        cwd=tmp_path)


def test_reproduction(installed, tmp_path):
    out = installed(
        'protune-reproduce',
        'table8',
        '--data',
        'embedded',
        '--dry-run',
        cwd=tmp_path)
    assert f'{MIM}/configs/_base_/models/resnet18_slim.py' in out
    assert ' 0 done, 0 interrupted, ' in out.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_what_importing_brings():
    """Nothing heavy beyond what the hosts' modules that we extend bring."""
    code = """
import json, runpy, sys
runpy.run_path('protune_mm/compat.py')
import mmdet.models.backbones, mmseg.models.backbones
import mmpretrain.models.backbones, mmpretrain.datasets, mmpretrain.evaluation
before = set(sys.modules)
import protune_mm
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    printed = run(sys.executable, '-W', 'ignore', '-c', code, cwd=ROOT)
    heavy = ('sklearn', 'matplotlib', 'scipy', 'rich', 'pycocotools')
    new = json.loads(printed.splitlines()[-1])
    assert 'protune_mm.models' in new
    assert [name for name in new if name.split('.')[0] in heavy] == []
