"""Parameters of prompt tokens: the formulas beside the built models."""
from typing import List, NamedTuple, Tuple

import torch

from protune_mm.models import PromptedSwin, PromptedViT
from protune_mm.visualization.markdown import aligned_table

# Depths and widths of the stages.
STAGES = {
    'deit-small': ((12, 384), ),
    'vit-base': ((12, 768), ),
    'vit-large': ((24, 1024), ),
    'vit-huge': ((32, 1280), ),
    'swin-base': ((2, 128), (2, 256), (18, 512), (2, 1024)),
}
LENGTHS = (('deep', 1), ('deep', 20), ('shallow', 100))


class TokenCount(NamedTuple):
    """The prompts of a backbone, counted twice.

    Args:
        backbone (str): A key of ``STAGES``.
        depth (str): 'deep' or 'shallow'.
        length (int): Prompts of a block.
        formula (int): Their parameters by the papers' formula.
        count (int): What trains in the built model, its head aside.
        backbone_count (int): All other parameters of the built model.
    """
    backbone: str
    depth: str
    length: int
    formula: int
    count: int
    backbone_count: int

    @property
    def percent(self) -> float:
        """float: What trains, in percent of the backbone."""
        return 100 * self.count / self.backbone_count


def formula(stages: Tuple[Tuple[int, int], ...], depth: str,
            length: int) -> int:
    """Count the parameters of prompt tokens.

    Source: Visual Prompt Tuning, https://arxiv.org/abs/2203.12119, section
    3.2: ``P * D`` shallow, ``P`` times the widths of all blocks deep.

    Args:
        stages (tuple[tuple[int, int]]): Depth and width of each stage.
        depth (str): 'deep' or 'shallow'.
        length (int): Prompts of a block, P.

    Returns:
        int: Their parameters.
    """
    if depth == 'shallow':
        return length * stages[0][1]
    return length * sum(blocks * width for blocks, width in stages)


def _build(backbone: str, depth: str, length: int) -> torch.nn.Module:
    family, _, size = backbone.partition('-')
    prompts = dict(prompt_depth=depth, prompt_length=length)
    if family == 'swin':
        return PromptedSwin.mmpretrain(arch=size, **prompts)
    with torch.device('meta'):  # a ViT-H would need 2.5 GB
        return PromptedViT.mmpretrain(
            arch=backbone if family == 'deit' else size,
            patch_size=14 if size == 'huge' else 16,
            **prompts)


def count_tokens() -> List[TokenCount]:
    """Build each backbone and count.

    Returns:
        list[TokenCount]: VPT and SPT of every backbone in ``STAGES``.
    """
    rows = []
    for backbone, stages in STAGES.items():
        for depth, length in LENGTHS:
            parameters = list(_build(backbone, depth, length).parameters())
            count = sum(p.numel() for p in parameters if p.requires_grad)
            rows.append(
                TokenCount(backbone, depth, length,
                           formula(stages, depth, length), count,
                           sum(p.numel() for p in parameters) - count))
    return rows


def tokens_markdown(rows: List[TokenCount]) -> str:
    """Write a Markdown table.

    Args:
        rows (list[TokenCount]): Of :func:`count_tokens`.

    Returns:
        str: A row each.
    """
    numbers = ['prompts', 'formula', 'trained', '% of backbone']
    return aligned_table(['backbone', 'depth', *numbers], [[
        row.backbone, row.depth,
        str(row.length), f'{row.formula:,}', f'{row.count:,}',
        f'{row.percent:.3f}'
    ] for row in rows], numbers)
