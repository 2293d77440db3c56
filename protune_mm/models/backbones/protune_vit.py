"""Pro-tuned Vision Transformers (ViT, DeiT) of mmpretrain and mmseg."""
from typing import Dict, Sequence, Union

from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.hosts import MMSEG_VIT, VIT
from .protune_mixin import ProTuneMixin
from .registration import register_with_hosts


class ProTuneViT(ProTuneMixin):
    """Pro-tuned ViT: prompts after the patch embedding and in four layers.

    Takes every argument of the ``VisionTransformer`` of mmpretrain or mmseg
    and those of :class:`ProTuneMixin`. In mmdet and mmseg, mmpretrain's is
    ``type='mmpretrain.ProTuneViT'``, with ``out_type='featmap'``; outside of
    a host, ``ProTuneViT(...)`` is mmpretrain's. A prompt sees the map of the
    patch tokens, the class token passes by. The layers are spread evenly over
    those that reach an output. If that is the class token, they are those
    that another one follows: what happens to the patches after the last one
    never reaches it, so that a prompt there (``"L1"``, ``"L5"`` of Table 10)
    has no effect. The final norm trains too. Source:
    https://arxiv.org/abs/2207.14381, section 4.4 and Table 10 ("U5").

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneViT
        >>> backbone = ProTuneViT.mmpretrain(arch='deit-small')
        >>> token, = backbone(torch.rand(1, 3, 224, 224))
        >>> tuple(token.shape)
        (1, 384)
        >>> list(backbone.prompts)
        ['patch_embed', 'layers_1', 'layers_4', 'layers_7', 'layers_10']
    """

    family = VIT
    home = 'mmpretrain'

    def __init__(self,
                 *args,
                 out_indices: Union[int, Sequence[int]] = -1,
                 **kwargs) -> None:
        if isinstance(out_indices, (list, tuple)):
            out_indices = list(out_indices)  # the host counts in place
        super().__init__(*args, out_indices=out_indices, **kwargs)

    # -- loading -------------------------------------------------------------

    def _prepare_pos_embed(self, state_dict: Dict[str, Tensor], prefix: str,
                           *args, **kwargs) -> None:
        # Pro-tuning: the host would fail on the second extra token.
        if f'{prefix}dist_token' in state_dict:
            raise UserError(
                'The checkpoint is of a distilled DeiT, which has a '
                f'distillation token; {type(self).__name__} has none: take '
                "the file of the same DeiT without 'distilled' in its name.")
        super()._prepare_pos_embed(state_dict, prefix, *args, **kwargs)


register_with_hosts(ProTuneViT, 'VisionTransformer', hosts=('mmpretrain', ))
register_with_hosts(
    ProTuneViT, 'VisionTransformer', hosts=('mmseg', ), family=MMSEG_VIT)
