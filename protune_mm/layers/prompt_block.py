"""The prompt block: three light convolutions and a squeeze-excitation."""
from math import gcd
from typing import Optional

import torch
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmengine.model import BaseModule, constant_init, kaiming_init
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.execution import LARGE, is_observed, recompute
from protune_mm.limits import check_number
from .prompt_norm import apply_norm, quicken
from .quick_convolutions import depthwise_conv, grouped_conv, quicken_gate


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
        groups (int, optional): Groups of the two 1x1 convolutions.
            Default: None, which means 4, or 2 or 1 where 4 do not divide
            ``channels``.
        se_ratio (int): Reduction of the squeeze; the paper's counts need 16
            on CNNs and 4 on transformers. Default: 16.
        beta (float, optional): Initial, or constant, weight of the prompt
            (Table 11). Default: None, which means 1, but one that is learned
            starts at the size of the map that pre-trained weights make, by
            :meth:`fit_to`.
        learn_beta (bool): Train ``beta``, one scalar a block of shape
            ``(1,)``; otherwise it is a constant. Default: True.
        norm_cfg (dict, optional): Norm of the three layers. Default: None,
            which means ``dict(type='BN')``.
        act_cfg (dict, optional): Activation. Default: None, which means
            ``dict(type='ReLU')``.
        zero_init (bool): Start the last norm at zero, so that training begins
            at the pre-trained network's own features. Default: True.

    Raises:
        UserError: If ``channels`` is not a multiple of ``groups``,
            ``kernel_size`` is even, or one of the numbers is below 1.
    """

    def __init__(self,
                 channels: int,
                 kernel_size: int = 5,
                 groups: Optional[int] = None,
                 se_ratio: int = 16,
                 beta: Optional[float] = None,
                 learn_beta: bool = True,
                 norm_cfg: Optional[dict] = None,
                 act_cfg: Optional[dict] = None,
                 zero_init: bool = True) -> None:
        # Takes a second, which importing protune_mm should not.
        from torchvision.ops.misc import SqueezeExcitation
        super().__init__()
        for name, value in (('kernel_size', kernel_size), ('se_ratio',
                                                           se_ratio)):
            check_number(type(self).__name__, name, value)
        if groups is None:
            groups = gcd(channels, 4)
        check_number(type(self).__name__, 'groups', groups)
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
        # Whether backward computes it again, in two parts, instead of keeping
        # what is inside them.
        self.in_parts = False
        self.conv1 = grouped_conv(channels, groups)
        self.norm1 = quicken(build_norm_layer(norm_cfg, channels)[1])
        self.conv2 = depthwise_conv(channels, kernel_size)
        self.norm2 = quicken(build_norm_layer(norm_cfg, channels)[1])
        self.conv3 = grouped_conv(channels, groups)
        self.norm3 = quicken(build_norm_layer(norm_cfg, channels)[1])
        self.act = build_activation_layer(
            act_cfg or dict(type='ReLU', inplace=True))
        # A map narrower than the ratio still needs one channel to squeeze to.
        self.se = quicken_gate(
            SqueezeExcitation(channels, max(1, int(channels / se_ratio))))
        # At any other start, prompts already act.
        self.fits = beta is None and learn_beta and zero_init
        beta = torch.tensor([1. if beta is None else float(beta)])
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

    def fit_to(self, x: Tensor) -> None:
        """Start at a weight with which prompts are as large as a map.

        A norm makes the prompt of size 1, and steps of training are small
        beside a map of size 10, as those of EfficientNet are.

        Args:
            x (Tensor): Feature map ``(B, C, H, W)``.
        """
        size = x.float().square().mean().sqrt()
        if size > 0 and size.isfinite():
            # Rounded: processes that add up in another order agree.
            self.beta.data.fill_(size.bfloat16())

    def _convolve(self, x: Tensor) -> Tensor:
        """Compute everything before the last norm."""
        x = self.act(apply_norm(self.norm1, self.conv1(x)))
        x = self.act(apply_norm(self.norm2, self.conv2(x)))
        return self.conv3(x)

    def _blend(self, x: Tensor, prompt: Tensor) -> Tensor:
        """Add the prompt to the map, normed and gated, in one pass."""
        prompt = apply_norm(self.norm3, prompt)
        se = self.se
        squeezed = se.activation(se.fc1(se.avgpool(prompt)))
        gate = se.scale_activation(se.fc2(squeezed))
        # Under autocast the scalar must not turn the map into float32.
        scale = self.beta.type_as(x) * gate.type_as(x)
        prompt = prompt.type_as(x)
        if torch.is_grad_enabled() or is_observed(x):
            return torch.addcmul(x, prompt, scale)
        # Nothing else needs the prompt: its memory is at hand.
        return torch.addcmul(x, prompt, scale, out=prompt)

    def prompt(self, x: Tensor) -> Tensor:
        """Compute the prompt ``f(x)``.

        Args:
            x (Tensor): Feature map ``(B, C, H, W)``.

        Returns:
            Tensor: The prompt ``(B, C, H, W)``.
        """
        return self.se(apply_norm(self.norm3, self._convolve(x)))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``x + beta * f(x)``, ``(B, C, H, W)`` as ``x``."""
        if not self.in_parts or is_observed(x) or x.numel() < LARGE:
            return self._blend(x, self._convolve(x))
        # What is kept between the parts spares their last convolution, the
        # dearest operation, a second run.
        prompt = recompute(self, self._convolve, x)
        return recompute(self, self._blend, x, prompt)
