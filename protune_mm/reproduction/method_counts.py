"""Trained parameters of every method: formulas beside the built models.

The formulas are written from papers and widths, and know no module.
"""
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

import torch

from protune_mm.models import ProTuneResNet, ProTuneSwin, ProTuneViT
from protune_mm.progress import progress_bar
from protune_mm.visualization.markdown import aligned_table

RANK, WIDTH, PROMPTS, REDUCTION = 8, 64, 20, 4


class Net(NamedTuple):
    """Widths of a backbone that classifies.

    Args:
        blocks (Sequence[int]): Width of each block.
        mapped (int): Blocks, from the first, whose patches reach the output.
        norms (int): Channels of all norms together.
        biases (int): Those of all biases but the norms'.
        maps (Sequence[int]): Channels behind which Pro-tuning puts a block.
        squeeze (int): Its ratio of squeeze-and-excitation.
        final (int): Channels of a final norm, which Pro-tuning trains.
    """
    blocks: Sequence[int]
    mapped: int
    norms: int
    biases: int
    maps: Sequence[int]
    squeeze: int
    final: int


def _transformer(blocks: Sequence[int], mapped: int, more_norms: int,
                 maps: Sequence[int]) -> Net:
    """Two norms a block; biases of QKV, projection and two layers of FFN."""
    width = sum(blocks)
    return Net(blocks, mapped, 2 * width + more_norms,
               blocks[0] + (3 + 1 + 4 + 1) * width, maps, 4, blocks[-1])


def _resnet_norms(width: int, depth: int) -> int:
    """Three norms a bottleneck, and that of the shortcut."""
    return depth * 6 * width + 4 * width


VIT = 'ViT-B'
SWIN = 'Swin-B'
RESNET = 'ResNet-50'
SWIN_BLOCKS = (128, ) * 2 + (256, ) * 2 + (512, ) * 18 + (1024, ) * 2
# Width and depth of the stages.
RESNET_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
NETS = {
    VIT:
    _transformer((768, ) * 12, 11, 768, (768, ) * 5),
    # Norms behind the embedding, of each patch merging (of four patches), and
    # of the output.
    SWIN:
    _transformer(SWIN_BLOCKS, 24, 128 + 4 * (128 + 256 + 512) + 1024,
                 (128, 256, 512, 1024, 1024)),
    RESNET:
    Net((), 0, 64 + sum(_resnet_norms(*stage) for stage in RESNET_STAGES), 0,
        [4 * width for width, _ in RESNET_STAGES], 16, 0)
}


def prompt_blocks(net: Net) -> int:
    """Grouped, depthwise and grouped convolution, norms, squeeze, beta.

    Source: https://arxiv.org/abs/2207.14381, section 3.1.
    """
    total = 2 * net.final
    for c in net.maps:
        squeezed = c // net.squeeze
        total += 2 * (c * c // 4 + c) + 25 * c + 3 * 2 * c
        total += 2 * c * squeezed + squeezed + c + 1
    return total


def prompt_tokens(net: Net) -> int:
    """P prompts of each block: https://arxiv.org/abs/2203.12119, 3.2."""
    return PROMPTS * sum(net.blocks)


def lora(net: Net) -> int:
    """Count ``r (in + out)`` of QKV and projection.

    Of a convolution, ``in`` is that of all pixels of its kernel. Source:
    https://arxiv.org/abs/2106.09685, section 4.1.
    """
    if net.blocks:
        return RANK * sum((d + 3 * d) + (d + d) for d in net.blocks)
    total, before = 0, 64
    for width, depth in RESNET_STAGES:
        out = 4 * width
        for block in range(depth):
            total += before + width + 9 * width + width + width + out
            if block == 0:
                total += before + out
            before = out
    return RANK * total


def bottlenecks(net: Net) -> int:
    """Two linear layers with biases, twice a block.

    Source: https://arxiv.org/abs/1902.00751, section 2.1: ``2 m d + d + m``.
    """
    return 2 * sum(2 * WIDTH * d + d + WIDTH for d in net.blocks)


def mona(net: Net) -> int:
    """Count scaled norm, two linear layers, and convolutions of 3, 5, 7 and 1.

    Source: https://arxiv.org/abs/2408.08345, section 3.3.
    """
    inside = WIDTH * (9 + 25 + 49 + 3) + WIDTH * WIDTH + WIDTH
    return 2 * sum(4 * d + 2 * WIDTH * d + d + WIDTH + inside
                   for d in net.blocks[:net.mapped])


def conv_adapter(net: Net) -> int:
    """Count grouped 3 x 3 and 1 x 1 convolution with biases, and a factor.

    Source: https://arxiv.org/abs/2208.07463, section 3.2.
    """
    return sum(depth * (9 * w + w // REDUCTION + w // REDUCTION * w + 2 * w)
               for w, depth in RESNET_STAGES)


def bitfit(net: Net) -> int:
    """All biases: https://arxiv.org/abs/2106.10199, section 2."""
    return net.biases + net.norms


def norm_tuning(net: Net) -> int:
    """Weight and bias of each norm: https://arxiv.org/abs/2003.00152."""
    return 2 * net.norms


def ssf(net: Net) -> int:
    """Scale and shift of each channel that a layer with a bias returns.

    Source: https://arxiv.org/abs/2210.08823, section 3.2.
    """
    return 2 * (net.biases + net.norms)


class Formula(NamedTuple):
    """How a method's parameters are counted.

    Args:
        name (str): What the table calls it.
        method (dict): The method.
        count (Callable): The formula, of a :class:`Net`.
        nets (Sequence[str]): Where it applies.
    """
    name: str
    method: dict
    count: Callable[[Net], int]
    nets: Sequence[str]


TRANSFORMERS = (VIT, SWIN)
FORMULAS = (
    Formula('PromptBlocks', {}, prompt_blocks, tuple(NETS)),
    Formula(f'PromptTokens, {PROMPTS}', dict(prompt_length=PROMPTS),
            prompt_tokens, TRANSFORMERS),
    Formula(f'LoRA, rank {RANK}', dict(rank=RANK), lora, TRANSFORMERS),
    Formula(f'LoRA, rank {RANK}, all', dict(rank=RANK, targets='all'), lora,
            (RESNET, )),
    Formula(f'Adapter, {WIDTH}', dict(width=WIDTH), bottlenecks, TRANSFORMERS),
    Formula(f'AdaptFormer, {WIDTH}', dict(width=WIDTH), bottlenecks,
            TRANSFORMERS),
    Formula(f'Mona, {WIDTH}', dict(width=WIDTH), mona, TRANSFORMERS),
    Formula(f'ConvAdapter, 1/{REDUCTION}', dict(reduction=REDUCTION),
            conv_adapter, (RESNET, )),
    Formula('BitFit', {}, bitfit, tuple(NETS)),
    Formula('NormTuning', {}, norm_tuning, tuple(NETS)),
    Formula('SSF', {}, ssf, tuple(NETS)),
)


class MethodCount(NamedTuple):
    """A method on a backbone, counted twice.

    Args:
        backbone (str): A key of ``NETS``.
        method (str): With what it is set to.
        formula (int): Its parameters by the formula.
        count (int): What trains in the built backbone.
        backbone_count (int): All parameters of the stock backbone.
    """
    backbone: str
    method: str
    formula: int
    count: int
    backbone_count: int

    @property
    def percent(self) -> float:
        """float: What trains, in percent of the backbone."""
        return 100 * self.count / self.backbone_count


def _build(backbone: str, method: Optional[dict]) -> torch.nn.Module:
    methods = [method] if method else ()
    if backbone == SWIN:  # computes while it is built
        return ProTuneSwin.mmpretrain(arch='base', methods=methods)
    with torch.device('cpu' if backbone == RESNET else 'meta'):
        if backbone == RESNET:
            return ProTuneResNet.mmpretrain(depth=50, methods=methods)
        return ProTuneViT.mmpretrain(arch='base', methods=methods)


def _size(backbone: torch.nn.Module) -> int:
    return sum(p.numel() for p in backbone.parameters())


def count_methods(nets: Sequence[str] = tuple(NETS)) -> List[MethodCount]:
    """Build every method on each backbone where it applies, and count.

    Args:
        nets (Sequence[str]): Keys of ``NETS``. Default: all of them.

    Returns:
        list[MethodCount]: By backbone and method.
    """
    pairs = [(name, row) for name in nets for row in FORMULAS
             if name in row.nets]
    sizes: Dict[str, int] = {}
    rows = []
    for name, row in progress_bar(pairs, desc='building', unit='model'):
        if name not in sizes:
            sizes[name] = _size(_build(name, None))
        kind = row.name.partition(',')[0]
        built = _build(name, dict(type=kind, **row.method))
        count = sum(p.numel() for p in built.parameters() if p.requires_grad)
        rows.append(
            MethodCount(name, row.name, row.count(NETS[name]), count,
                        sizes[name]))
    return rows


def methods_markdown(rows: Sequence[MethodCount]) -> str:
    """Write a Markdown table.

    Args:
        rows (Sequence[MethodCount]): Of :func:`count_methods`.

    Returns:
        str: A row each; the last column tells where the two differ.
    """
    numbers = ['formula', 'trained', '% of backbone']
    return aligned_table(['backbone', 'method', *numbers, 'agreement'], [[
        row.backbone, row.method, f'{row.formula:,}', f'{row.count:,}',
        f'{row.percent:.3f}',
        'equal' if row.formula == row.count else 'different'
    ] for row in rows], numbers)
