"""The cures of the installed stack."""
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from mmengine.config import Config, utils

ROOT = Path(__file__).parent.parent


def test_mmseg_bases_resolve():
    cfg = Config.fromstring(
        "_base_ = ['mmseg::fcn/fcn_r50-d8_4xb4-80k_ade20k-512x512.py']", '.py')
    assert cfg.model.type == 'EncoderDecoder'


def test_mmseg_keeps_upstreams_name_where_it_is_installed(monkeypatch):
    from protune_mm import compat
    monkeypatch.setitem(utils.MODULE2PACKAGE, 'mmseg', 'mmsegmentation')
    monkeypatch.setattr(metadata, 'distribution', lambda name: name)
    assert not compat.name_mmseg_package()
    assert utils.MODULE2PACKAGE['mmseg'] == 'mmsegmentation'


def test_torchvision_imports_after_protune_mm():
    """With operators that do not fit, only the cure makes this possible."""
    import torch
    import torchvision
    assert hasattr(torch.ops.torchvision, 'nms')
    assert torchvision.ops.misc.SqueezeExcitation


def compat_alone(first):
    """Run the module, with warnings as errors, in a process of its own."""
    code = f"""
import runpy, sys, warnings
import torch
library = torch.library.Library('torchvision', 'FRAGMENT')

def define(path=None):
    for name in ('nms', 'qnms'):
        library.define(name + '(Tensor dets, Tensor scores, '
                       'float iou_threshold) -> Tensor')

{first}
warnings.simplefilter('error', UserWarning)
runpy.run_path('protune_mm/compat.py')
assert 'torchvision' not in sys.modules
"""
    return subprocess.run([sys.executable, '-c', code],
                          cwd=ROOT,
                          capture_output=True,
                          text=True)


@pytest.mark.parametrize(
    'first', ['define()', 'torch.ops.load_library = define'],
    ids=['defined', 'loadable'])
def test_the_cure_is_not_applied_where_operators_are(first):
    """As with a torchvision that fits, whose library defines them."""
    process = compat_alone(first)
    assert process.returncode == 0, process.stderr


def test_other_errors_are_not_hidden(monkeypatch):
    from protune_mm import compat

    def fail(path):
        raise RuntimeError('something else')

    monkeypatch.setattr(compat.torch.ops, 'load_library', fail)
    with pytest.raises(RuntimeError, match='something else'):
        compat.define_torchvision_operators()
