"""Counts of prompt tokens: formulas and built models."""
from protune_mm.reproduction.token_counts import count_tokens, tokens_markdown


def test_counts():
    rows = {row[:3]: row for row in count_tokens()}
    assert all(row.count == row.formula for row in rows.values())
    # A prompt of Swin-B-Deep, and VPT's ViT-B.
    assert rows['swin-base', 'deep', 1].count == 12032
    assert rows['vit-base', 'deep', 1].count == 12 * 768
    assert rows['vit-base', 'shallow', 100].count == 76800
    # SPT-Deep trains less than 0.4 % of ViT-B.
    spt = rows['vit-base', 'deep', 20]
    assert spt.count == 184320 and spt.percent < 0.4
    # As timm's vit_base_patch16_224 without its head.
    assert spt.backbone_count == 85798656
    assert '| vit-base   | deep    |      20 | 184,320 | 184,320 |' in \
        tokens_markdown(list(rows.values()))
