"""Counts of methods: formulas and built backbones."""
import pytest

from protune_mm.reproduction.method_counts import (FORMULAS, NETS, RESNET,
                                                   SWIN, VIT, count_methods,
                                                   methods_markdown)


def formula(method, net):
    row, = [
        row for row in FORMULAS
        if row.name.split(',')[0] == method and net in row.nets
    ]
    return row.count(NETS[net])


@pytest.mark.parametrize(
    'method, net, published',
    [
        # As Mona's table on Swin-B has AdaptFormer, in millions, and its code.
        ('AdaptFormer', SWIN, 3107328),
        ('Adapter', SWIN, 3107328),
        ('Mona', SWIN, 3667456),
        # Visual Prompt Tuning's deep prompts, 20 of each block.
        ('PromptTokens', VIT, 184320),
        ('PromptTokens', SWIN, 240640),
        # The paper's Table 2 has 3.82 with the 0.21 of a head of 100 classes.
        ('PromptBlocks', RESNET, 3612404),
        # LoRA's r (in + out) of the joint QKV and of the projection.
        ('LoRA', VIT, 12 * 8 * (768 + 2304 + 768 + 768)),
        ('SSF', RESNET, 2 * 26560),
    ])
def test_formulas(method, net, published):
    assert formula(method, net) == published


def test_built_backbones_agree():
    """Those that build fast; tools/params_table.py --methods does all."""
    rows = count_methods([VIT])
    assert [row.method.split(',')[0] for row in rows] == [
        'PromptBlocks', 'PromptTokens', 'LoRA', 'Adapter', 'AdaptFormer',
        'Mona', 'BitFit', 'NormTuning', 'SSF'
    ]
    for row in rows:
        assert row.count == row.formula > 0, row
        assert row.backbone_count == 85798656
    text = methods_markdown([rows[0]._replace(count=1), rows[1]])
    lines = text.splitlines()
    assert lines[2].rstrip(' |').endswith('different')
    assert lines[3].rstrip(' |').endswith('equal')


def test_resnet_agrees():
    rows = {row.method: row for row in count_methods([RESNET])}
    assert 'LoRA, rank 8, all' in rows and 'ConvAdapter, 1/4' in rows
    assert all(row.count == row.formula for row in rows.values())
