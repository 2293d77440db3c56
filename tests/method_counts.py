"""Parameters of tuning methods, by the rules of their papers."""
from mmcv.cnn import is_norm
from torch import nn


def bottlenecks(widths) -> int:
    """Adapters of 64 beside attention and FFN."""
    return 2 * sum(129 * width + 64 for width in widths)


def attention_ranks(widths, rank=8) -> int:
    """Low-rank matrices of the joint query, key and value, and the output."""
    return sum(rank * (width + 3 * width + width + width) for width in widths)


def monas(widths) -> int:
    return 2 * sum(133 * width + 9728 for width in widths)


def sizes(*endings):
    """Count a stock backbone's parameters, given endings of their names."""

    def count(stock: nn.Module) -> int:
        return sum(p.numel() for name, p in stock.named_parameters()
                   if name.endswith(endings))

    return count


def of_norms(stock: nn.Module) -> int:
    return sum(p.numel() for module in stock.modules() if is_norm(module)
               for p in module.parameters())


def scales_and_shifts(stock: nn.Module) -> int:
    """Two for each entry of a bias, but those of norms of either order."""
    return 2 * sum(p.numel() for module in stock.modules()
                   if type(module).__name__ != 'LayerNorm2d'
                   for name, p in module.named_parameters(recurse=False)
                   if name in ('bias', 'in_proj_bias'))


def ranks(stock: nn.Module, rank: int = 8) -> int:
    """Low-rank matrices of all layers of the blocks of a CNN."""
    total = 0
    for name, module in stock.named_modules():
        in_block = name.startswith(('layer', 'stages'))
        if in_block and isinstance(module, nn.Linear):
            total += rank * (module.in_features + module.out_features)
        elif in_block and isinstance(module, nn.Conv2d) and (module.in_channels
                                                             > module.groups):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            total += rank * (module.in_channels * kernel + module.out_channels)
    return total


def conv_adapters(stock: nn.Module) -> int:
    """A quarter of the channels, beside each 3 x 3 convolution of a layer."""
    total = 0
    for name, module in stock.named_modules():
        if (name.startswith('layer') and isinstance(module, nn.Conv2d)
                and module.kernel_size == (3, 3)):
            width = module.in_channels // 4
            total += 9 * module.in_channels + width
            total += (width + 2) * module.out_channels
    return total
