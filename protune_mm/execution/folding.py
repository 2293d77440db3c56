"""Batch norms folded into the convolutions before them, for inference."""
import copy
from collections import Counter
from typing import Iterator, Tuple

from mmcv.cnn import ConvModule
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from .leaf_policies import BATCH_NORM, CONVOLUTION, policy_of

# Whose modules name their layers in the order in which they run.
IN_ORDER = ('torch', 'torchvision', 'mmcv', 'mmengine', 'mmdet', 'mmseg',
            'mmpretrain', 'protune_mm')
# Those of timm that do; in others, a norm may be behind a sum.
IN_ORDER_OF_TIMM = ('BasicBlock', 'Bottleneck', 'ConvBnAct', 'ConvNormAct',
                    'DepthwiseSeparableConv', 'EdgeResidual', 'EfficientNet',
                    'EfficientNetFeatures', 'FeatureListNet',
                    'InvertedResidual', 'ResNet')


def _in_order(parent: nn.Module) -> bool:
    """Tell whether the layers of a module run in the order of their names."""
    if isinstance(parent, ConvModule):
        return (parent.order.index('norm') == parent.order.index('conv') + 1
                and parent.efficient_conv_bn_eval_forward is None)
    kind = type(parent)
    library = kind.__module__.split('.')[0]
    return library in IN_ORDER or (library == 'timm'
                                   and kind.__name__ in IN_ORDER_OF_TIMM)


def _computes(norm: nn.Module) -> bool:
    """Tell whether a module is a batch norm, with an activation or without."""
    # Subclasses may compute something else.
    return policy_of(norm) is BATCH_NORM or _has_activation(norm)


def _has_activation(norm: nn.Module) -> bool:
    kind = type(norm)
    return (kind.__module__, kind.__name__) == ('timm.layers.norm_act',
                                                'BatchNormAct2d')


def _has_hooks(module: nn.Module) -> bool:
    """Tell whether someone sees its inputs or outputs, or sets its weight."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _fit(conv: nn.Module, norm: nn.Module) -> bool:
    """Tell whether a norm behind a convolution can be part of it."""
    # Others may compute their weight anew in each forward.
    return (policy_of(conv) is CONVOLUTION and isinstance(conv, nn.Conv2d)
            and _computes(norm) and norm.running_mean is not None
            and norm.num_features == conv.out_channels and not _has_hooks(conv)
            and not _has_hooks(norm))


def _pairs(model: nn.Module) -> Iterator[Tuple[nn.Module, str, str]]:
    """Find batch norms that come right after a convolution.

    Args:
        model (nn.Module): Any model.

    Yields:
        tuple: What holds both, and their names in it.
    """
    # Of a convolution that several places share, each may have its own norm.
    places = Counter(
        id(module)
        for _, module in model.named_modules(remove_duplicate=False))
    for parent in model.modules():
        if not _in_order(parent):
            continue
        children = list(parent.named_children())
        for (name, conv), (after, norm) in zip(children, children[1:]):
            if _fit(conv, norm) and places[id(conv)] == places[id(norm)] == 1:
                yield parent, name, after


def fold_norms(model: nn.Module) -> nn.Module:
    """Fold batch norms into the convolutions before them.

    A batch norm in eval mode is a scale and a shift of each channel. What it
    computes stays the same but for rounding. Norms that a hook sees, and
    those of other kinds, stay. A part that has ``when_folded`` is told.

    Args:
        model (nn.Module): A detector, segmentor, classifier or backbone,
            which stays as it is.

    Returns:
        nn.Module: A copy in eval mode, for inference only.
    """
    model = copy.deepcopy(model)
    model.eval()  # that of some hosts returns nothing
    for parent, name, after in list(_pairs(model)):
        conv, norm = getattr(parent, name), getattr(parent, after)
        conv.weight, conv.bias = fuse_conv_bn_weights(conv.weight, conv.bias,
                                                      norm.running_mean,
                                                      norm.running_var,
                                                      norm.eps, norm.weight,
                                                      norm.bias)
        # Not deleted, as the parent calls it.
        rest = norm.act if _has_activation(norm) else nn.Identity()
        setattr(parent, after, rest)
    model.requires_grad_(False)
    for part in list(model.modules()):
        if hasattr(part, 'when_folded'):
            part.when_folded()
    return model
