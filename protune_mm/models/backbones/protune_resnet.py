"""Pro-tuned ResNets of mmdet, mmseg and mmpretrain."""
from typing import Sequence, Tuple

from .hosts import register_with_hosts
from .protune_mixin import ProTuneMixin


class ResNetStages(ProTuneMixin):
    """Where the stages of a host's ResNet end: ``layer1``, ``layer2``..."""

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: The layers up to the last one that is an output."""
        return tuple(self.res_layers[:max(self.out_indices) + 1])

    def partial_modules(self, number: int) -> Sequence[str]:
        """Return the last blocks of the last stage, 1 or 2 of them."""
        last = self.stage_paths[-1]
        blocks = len(self.get_submodule(last))
        return [f'{last}.{i}' for i in range(max(0, blocks - number), blocks)]

    def default_prompt_cfg(self) -> dict:
        """Return a prompt with the host's norm (BN, SyncBN, GN), trained."""
        return dict(
            type='PromptBlock',
            norm_cfg={
                **self.norm_cfg, 'requires_grad': True
            })


class ProTuneResNet(ResNetStages):
    """Pro-tuned ResNet: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``ResNet`` and those of
    :class:`ProTuneMixin`. Source: https://arxiv.org/abs/2207.14381, section
    3.1.

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneResNet
        >>> backbone = ProTuneResNet.mmdet(depth=18)
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 64, 16, 16), (1, 128, 8, 8), (1, 256, 4, 4), (1, 512, 2, 2)]
    """


class ProTuneResNetV1c(ResNetStages):
    """Pro-tuned ResNetV1c (three 3x3 convolutions as the stem)."""


class ProTuneResNetV1d(ResNetStages):
    """Pro-tuned ResNetV1d (deep stem, average pooling in the shortcut)."""


register_with_hosts(ProTuneResNet, 'ResNet')
register_with_hosts(ProTuneResNetV1c, 'ResNetV1c')
register_with_hosts(ProTuneResNetV1d, 'ResNetV1d')
