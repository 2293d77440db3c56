"""The wheel stands alone, without a checkout; what is in it: test_setup.py."""
from pathlib import Path

import mmseg
import pytest

from tests.command_line import ROOT, tiny_demo
from tests.installation import build_wheel, documented_example, install

MIM = 'protune_mm/.mim'
# What mmengine's Python configs import, before anything of ours is imported,
# is what `_base_` gives.
READ_BASE = """
import sys
from pathlib import Path
from mmengine.config import Config
for module in sys.argv[1:]:
    Path('config.py').write_text(
        'from mmengine.config import read_base\\n'
        'with read_base():\\n'
        f'    from protune_mm.configs.{module} import *\\n')
    cfg = Config.fromfile('config.py')
    from protune_mm.files import CONFIGS
    data, name = module.split('.')
    text, = CONFIGS.rglob(f'{name}_{data}.py')
    assert cfg.to_dict() == Config.fromfile(text).to_dict(), module
"""


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """Run in an environment with the hosts and the wheel, but no checkout."""
    place = tmp_path_factory.mktemp('installed')
    return install(place, build_wheel(place))


@pytest.fixture(scope='module')
def package(installed, tmp_path_factory):
    """Path: The folder of the installed package."""
    code = 'import protune_mm; print(protune_mm.__file__)'
    printed = installed(
        'python', '-c', code, cwd=tmp_path_factory.getbasetemp())
    return Path(printed.splitlines()[-1]).parent


@pytest.mark.parametrize('first', ['import protune_mm', ''])
def test_inheritance(first, installed, tmp_path):
    """In our tools, and in those of the hosts, which do not import us."""
    names = ('htc_protune_r50_coco', 'fcn_protune_r50_ade20k',
             'cifar100/classifier_protune_r50_cifar100',
             'demo/htc_protune_r18_digits')
    for i, name in enumerate(names):
        base = f"['protune_mm::{name}.py']"
        if not first:
            base = f"__import__('protune_mm') and {base}"
        (tmp_path / f'{i}.py').write_text(f'_base_ = {base}\nextra = {i}\n')
    code = f"""
{first}
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
for i in range({len(names)}):
    cfg = Config.fromfile(f'{{i}}.py')
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
    assert cfg.extra == i and model.backbone.prompts
import protune_mm
print(protune_mm.__file__)
"""
    *_, file = installed('python', '-c', code, cwd=tmp_path).splitlines()
    assert str(ROOT) not in file and '/venv/' in file


def test_read_base(installed, tmp_path):
    """Of each host, and of the demo."""
    installed(
        'python',
        '-c',
        READ_BASE,
        'coco.cascade_mask_rcnn_protune_swin_b',
        'ade20k.fcn_protune_r50',
        'cifar100.classifier_protune_r50',
        'digits.htc_protune_r18',
        'letters.vit_slim',
        cwd=tmp_path)


def test_the_documented_example(installed, package, tmp_path):
    out = documented_example(installed, tmp_path)
    assert str(package) in out


def test_training_and_testing(installed, tmp_path):
    """The console scripts, and a config by its name."""
    out = installed(
        'protune-demo',
        'fcn',
        '--backbone',
        'r18',
        '--work-dir',
        'demo',
        *tiny_demo(iterations=2),
        cwd=tmp_path)
    assert 'mIoU' in out and 'predictions.png' in out
    assert (tmp_path / 'demo/predictions.png').exists()
    config = 'protune_mm::demo/fcn_protune_r18_digits.py'
    options = [
        *tiny_demo(iterations=2), 'val_dataloader.dataset.indices=4',
        'test_dataloader.dataset.indices=4'
    ]
    installed('protune-train', config, *options, cwd=tmp_path)
    place = tmp_path / 'work_dirs/fcn_protune_r18_digits'
    checkpoint = (place / 'last_checkpoint').read_text()
    installed('protune-test', config, checkpoint, *options, cwd=tmp_path)
    # A host's own tool, which does not import us.
    (tmp_path / 'config.py').write_text("""
from mmengine.config import read_base
with read_base():
    from protune_mm.configs.digits.fcn_protune_r18 import *
val_dataloader.update(dict(dataset=dict(indices=4)))
""")
    tool = Path(mmseg.__file__).parent / '.mim/tools/train.py'
    installed(
        'python', tool, 'config.py', *tiny_demo(iterations=2), cwd=tmp_path)
    assert (tmp_path / 'work_dirs/config/iter_2.pth').exists()


def test_several_processes(installed, package, tmp_path):
    """The launchers find this environment's tools and interpreter."""
    tool = package / '.mim/tools/dist_train.sh'
    out = installed(tool, 'config.py', 1, '--help', cwd=tmp_path)
    assert '--auto-scale-lr' in out


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
