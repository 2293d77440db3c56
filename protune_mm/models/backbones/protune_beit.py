"""Pro-tuned BEiT of mmseg."""
from typing import Sequence

from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.hosts import BEIT
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneBEiT(ProTuneMixin):
    """Pro-tuned BEiT: prompts after the patch embedding and in four layers.

    Takes every argument of mmseg's ``BEiT`` and those of
    :class:`ProTuneMixin`; prompts are where those of :class:`ProTuneViT` are.
    The positions of patches belong to ``img_size``, and images have to be of
    that size, as with the host. Source: https://arxiv.org/abs/2207.14381,
    section 4.4; https://arxiv.org/abs/2106.08254.

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneBEiT
        >>> backbone = ProTuneBEiT.mmseg(img_size=64, out_indices=(5, 11))
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 768, 4, 4), (1, 768, 4, 4)]
    """

    family = BEIT

    def init_weights(self) -> None:
        """Initialise, or load what ``init_cfg`` names.

        Raises:
            UserError: If mmseg cannot bring a checkpoint to ``img_size``.
        """
        try:
            super().init_weights()
        except NotImplementedError as error:
            reason = str(error).strip().partition('\n')[0] or \
                'img_size is not square'
            raise UserError(
                f'mmseg cannot bring the relative positions of the checkpoint '
                f"to img_size={tuple(self.img_size)} ({reason}): take the "
                "checkpoint's own size, or a file that was brought to this "
                'one where scipy is older than 1.14.') from None

    def forward(self, inputs: Tensor) -> Sequence[Tensor]:
        """Compute the maps.

        Args:
            inputs (Tensor): Images, shape ``(B, 3, H, W)``.

        Returns:
            Sequence[Tensor]: Maps ``(B, C, H / patch_size, W / patch_size)``.

        Raises:
            UserError: If the images are not of ``img_size``.
        """
        # The host fails, or takes patches for others if only their number is
        # as it should be.
        size = tuple(inputs.shape[2:])
        grid = tuple(x // self.patch_size for x in size)
        if grid != tuple(self.patch_shape):
            raise UserError(
                f'An image has {size[0]} x {size[1]} px, and the positions of '
                f'this {type(self).__name__} are for {self.img_size[0]} x '
                f'{self.img_size[1]}: set img_size, the crop_size of training '
                "and, for test_cfg, mode='slide' with that crop_size.")
        return super().forward(inputs)


register_with_hosts(ProTuneBEiT, 'BEiT', hosts=('mmseg', ))
