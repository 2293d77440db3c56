"""The cures of the installed stack."""
from importlib import metadata

import pytest
from mmengine.config import Config, utils


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


def test_the_cure_is_not_applied_where_operators_fit(monkeypatch):
    from protune_mm import compat

    # Imported for good by now: as on a machine where nothing is missing.
    assert not compat.define_torchvision_operators()


def test_other_import_errors_are_not_hidden(monkeypatch):
    from protune_mm import compat

    def fail(name):
        raise RuntimeError('something else')

    monkeypatch.setattr(compat.importlib, 'import_module', fail)
    with pytest.raises(RuntimeError, match='something else'):
        compat.define_torchvision_operators()
