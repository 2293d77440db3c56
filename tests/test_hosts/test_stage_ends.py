"""Where stages end is found without being told."""
from pathlib import Path

import pytest
import torch
from mmengine.registry import DefaultScope

from protune_mm.errors import UserError
from protune_mm.hosts.stage_ends import StageEnds, find_stage_ends
from protune_mm.models import build_protune_backbone
from tests.stage_end_table import ROWS, documented

USAGE = Path(__file__).parents[2] / 'docs' / 'usage.md'


def build(row, **more):
    host = row.backbone.split('.')[0]
    with DefaultScope.overwrite_default_scope(host):
        return build_protune_backbone(row.backbone, **row.arguments, **more)


@pytest.mark.parametrize('row', ROWS, ids=str)
def test_ends_of_stages(row):
    try:
        # A class token's way is told by values.
        with torch.device('cpu' if row.name == 'DeiT3' else 'meta'):
            model = build(row)
    except RuntimeError:  # it looks at values
        model = build(row)
    assert list(model.prompts) == [p.replace('.', '_') for p in row.paths()]


def test_the_documents_have_this_table():
    assert documented() in USAGE.read_text()


def resnet(**arguments):
    return build_protune_backbone(
        'mmdet.ResNet', depth=18, base_channels=8, **arguments)


def test_a_stem_is_no_stage():
    model = resnet(deep_stem=True, stem_channels=8)
    assert list(model.prompts) == [f'layer{i}' for i in range(1, 5)]


def test_what_reaches_no_output_ends_no_stage():
    model = resnet(out_indices=(0, 1))
    assert list(model.prompts) == ['layer1', 'layer2']


def test_stages_have_numbers():
    assert list(resnet(prompt_stages=[3, 'layer1.0']).prompts) == [
        'layer1_0', 'layer4'
    ]


def test_paths_need_no_search(monkeypatch):
    monkeypatch.setattr('protune_mm.hosts.stage_ends.MapGraph', None)
    assert list(resnet(prompt_stages=['layer1']).prompts) == ['layer1']
    with pytest.raises(TypeError):
        resnet()


def test_without_memory():
    with torch.device('meta'):
        model = resnet()
    assert list(model.prompts) == [f'layer{i}' for i in range(1, 5)]


def test_looking_leaves_no_trace():
    model = resnet(tuning='head')
    model.layer2.requires_grad_(True)
    flags = [p.requires_grad for p in model.parameters()]
    assert find_stage_ends(model) == [f'layer{i}' for i in range(1, 5)]
    assert flags == [p.requires_grad for p in model.parameters()]
    assert all(p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks
                   for m in model.modules())


def test_where_none_are_found_modules_are_listed():
    model = build_protune_backbone('mmpretrain.TNT', tuning='head')
    with pytest.raises(
            UserError, match='no ends of stages .* ProTuneTNT: .*layers.0 to'):
        list(StageEnds(model))
