"""The prompt block: three light convolutions and a squeeze-excitation."""
from typing import Optional

import torch
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmengine.dist import get_world_size
from mmengine.model import BaseModule, constant_init, kaiming_init
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from protune_mm.errors import UserError
from .depthwise_conv import DepthwiseConv2d
from .grouped_linear import GroupedLinear2d


def _norm(norm: nn.Module, x: Tensor) -> Tensor:
    """Normalise; a batch of one value a channel by running statistics.

    Such a batch (one image, a 1 x 1 map) has no statistics of its own, and
    the frozen host around the block takes it.
    """
    # A traced value does not tell its size.
    if (norm.training and isinstance(norm, _BatchNorm)
            and isinstance(x, Tensor) and x.numel() == x.shape[1]):
        # Processes that synchronise have the values of all.
        alone = not isinstance(norm, nn.SyncBatchNorm) or get_world_size() == 1
        if alone and norm.running_mean is not None:
            return F.batch_norm(
                x,
                norm.running_mean,
                norm.running_var,
                norm.weight,
                norm.bias,
                eps=norm.eps)
    return norm(x)


@MODELS.register_module()
class PromptBlock(BaseModule):
    r"""Blends a stage's feature map with a prompt learned from it.

    .. math:: \tilde{x} = x + \beta \cdot f(x)

    ``f`` is 1x1 grouped convolution, 5x5 depthwise convolution, 1x1 grouped
    convolution, each followed by a norm (and all but the last by an
    activation), and a squeeze-and-excitation gate. The width stays
    ``channels`` throughout. Source: https://arxiv.org/abs/2207.14381, section
    3.1 and equation (1); the widths, groups and SE ratio are those that give
    the parameter counts of the paper's tables.

    Args:
        channels (int): Channels of the feature map.
        kernel_size (int): Odd kernel of the depthwise convolution, in pixels
            of the map (Table 12). Default: 5.
        groups (int): Groups of the two 1x1 convolutions. Default: 4.
        se_ratio (int): Reduction of the squeeze; the paper's counts need 16
            on CNNs and 4 on transformers. Default: 16.
        beta (float): Initial, or constant, weight of the prompt (Table 11).
            Default: 1.0.
        learn_beta (bool): Train ``beta``, one scalar a block of shape
            ``(1,)``; otherwise it is a constant. Default: True.
        norm_cfg (dict, optional): Norm of the three layers. Default: None,
            which means ``dict(type='BN')``.
        act_cfg (dict, optional): Activation. Default: None, which means
            ``dict(type='ReLU')``.
        zero_init (bool): Start the last norm at zero, so that training begins
            at the pre-trained network's own features. Default: True.

    Raises:
        UserError: If ``channels`` is not a multiple of ``groups``, or
            ``kernel_size`` is even.
    """

    def __init__(self,
                 channels: int,
                 kernel_size: int = 5,
                 groups: int = 4,
                 se_ratio: int = 16,
                 beta: float = 1.0,
                 learn_beta: bool = True,
                 norm_cfg: Optional[dict] = None,
                 act_cfg: Optional[dict] = None,
                 zero_init: bool = True) -> None:
        # Takes a second, which importing protune_mm should not.
        from torchvision.ops.misc import SqueezeExcitation
        super().__init__()
        if channels % groups:
            raise UserError(
                f'A prompt block on {channels} channels cannot have '
                f'groups={groups}: choose a divisor in prompt_cfg.groups.')
        if kernel_size % 2 == 0:
            raise UserError(f'kernel_size={kernel_size} of a prompt block is '
                            'even and would shift the map: choose an odd one '
                            'in prompt_cfg.kernel_size.')
        norm_cfg = norm_cfg or dict(type='BN')
        self.zero_init = zero_init
        self.conv1 = GroupedLinear2d(channels, groups)
        self.norm1 = build_norm_layer(norm_cfg, channels)[1]
        self.conv2 = DepthwiseConv2d(channels, kernel_size)
        self.norm2 = build_norm_layer(norm_cfg, channels)[1]
        self.conv3 = GroupedLinear2d(channels, groups)
        self.norm3 = build_norm_layer(norm_cfg, channels)[1]
        self.act = build_activation_layer(act_cfg or dict(type='ReLU', inplace=True))
        # A map narrower than the ratio still needs one channel to squeeze to.
        self.se = SqueezeExcitation(channels, max(1, int(channels / se_ratio)))
        beta = torch.tensor([float(beta)])
        if learn_beta:
            self.beta = nn.Parameter(beta)
        else:
            self.register_buffer('beta', beta)
        self.init_weights()

    def init_weights(self) -> None:
        """Initialise convolutions and norms.

        Runs at construction and again whenever the backbone is initialised,
        because a host's own rule (``layer='Conv2d'``) reaches the prompts.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                kaiming_init(module)
        for norm in (self.norm1, self.norm2, self.norm3):
            constant_init(norm, 1)
        if self.zero_init:
            constant_init(self.norm3, 0)

    def _normed(self, x: Tensor) -> Tensor:
        """Compute what the squeeze-excitation scales."""
        x = self.act(_norm(self.norm1, self.conv1(x)))
        x = self.act(_norm(self.norm2, self.conv2(x)))
        return _norm(self.norm3, self.conv3(x))

    def _gate(self, x: Tensor) -> Tensor:
        """Compute its scale of each channel, ``(B, C, 1, 1)``."""
        se = self.se
        squeezed = se.activation(se.fc1(se.avgpool(x)))
        return se.scale_activation(se.fc2(squeezed))

    def prompt(self, x: Tensor) -> Tensor:
        """Compute the prompt ``f(x)``.

        Args:
            x (Tensor): Feature map ``(B, C, H, W)``.

        Returns:
            Tensor: The prompt ``(B, C, H, W)``.
        """
        return self.se(self._normed(x))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + beta * f(x)``, ``(B, C, H, W)`` as ``x``."""
        prompt = self._normed(x)
        # Under autocast the scalar must not turn the map into float32. One
        # pass over the maps instead of three.
        scale = self.beta.type_as(x) * self._gate(prompt).type_as(x)
        return torch.addcmul(x, prompt.type_as(x), scale)
