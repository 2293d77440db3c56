"""Files take the sizes that they are said to take."""
import sys

import onnx
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.export import export_onnx, onnx_file
from protune_mm.export.onnx_file import (ANY, FIXED, MULTIPLES, open_session,
                                         random_images, require_packages)
from tests.export_case import acting
from tests.lean_case import wake
from tests.slim_configs import classifier, slim_swin, slim_vit

# The classifiers' windows shift or not by the size of the map.
SWIN = dict(
    type='ProTuneSwin',
    arch=dict(embed_dims=16, depths=[1, 2], num_heads=[1, 1]),
    out_indices=(1, ),
    img_size=56)


def swin_classifier():
    cfg = classifier()
    cfg.model.backbone = dict(SWIN)
    cfg.model.head.in_channels = 32
    return cfg


def vit(kind):
    cfg = slim_vit()
    cfg.model.backbone.type = kind
    return cfg


@pytest.mark.parametrize('cfg, size, methods', [
    (vit('ProTuneViT'), (32, 32), ('LoRA', 'Mona', 'AdaptFormer', 'Adapter')),
    (classifier(), (32, 48), ('ConvAdapter', 'SSF')),
    (slim_swin(), (64, 64), ('Mona', 'AdaptFormer', 'LoRA', 'SSF')),
])
def test_methods_inside_blocks(cfg, size, methods):
    cfg.model.backbone.methods = [dict(type=name) for name in methods]
    model = acting(cfg)
    wake(model.backbone)
    exported = export_onnx(model, size)
    assert exported.sizes != FIXED
    assert all(one.difference <= 1e-4 for one in exported.checks)


@pytest.mark.parametrize(
    'cfg, size, sizes', [
        (classifier(), (32, 48), ANY),
        (vit('ProTuneViT'), (32, 32), MULTIPLES),
        (vit('PromptedViT'), (32, 32), MULTIPLES),
        (slim_swin(), (64, 64), MULTIPLES),
        (swin_classifier(), (56, 56), FIXED),
    ],
    ids=['cnn', 'vit', 'tokens', 'swin', 'windows'])
def test_sizes(cfg, size, sizes):
    model = acting(cfg)
    exported = export_onnx(model, size)
    assert exported.sizes == sizes
    assert all(one.difference <= 1e-4 for one in exported.checks)
    graph = onnx.load_from_string(exported.content).graph
    axes = [x.dim_param for x in graph.input[0].type.tensor_type.shape.dim]
    free = [''] * 2 if sizes == FIXED else ['height', 'width']
    assert axes == ['batch', '', *free]
    # A batch and a size that nothing has looked at yet.
    if sizes != FIXED:
        size = size[0] + 96, size[1] + 32
    images = random_images(4, size)
    with torch.no_grad():
        expected = exported.model.predict(model, images)
    found, = open_session(exported.content).run(None,
                                                {'images': images.numpy()})
    assert (torch.from_numpy(found) - expected).abs().max() <= 1e-4


def test_another_model_is_not_taken_for_it(monkeypatch):
    """The check compares with the model, not with what was exported."""
    model = acting(classifier())
    make = onnx_file.traced

    def wrong(model):
        made = make(model)
        made.normalised.normalises = not made.normalised.normalises
        return made

    monkeypatch.setattr(onnx_file, 'traced', wrong)
    with pytest.raises(UserError, match='differs from PyTorch by'):
        export_onnx(model, (32, 32))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(UserError, match=r'onnxruntime.*protune_mm\[export\]'):
        require_packages()
