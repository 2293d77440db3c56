"""A classifier that is shown the maps of a trained net."""
from typing import Dict, List, Sequence, Tuple

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn import functional as F


@MODELS.register_module()
class DistilledClassifier(ImageClassifier):
    """A ViT that learns classes, and the maps of a teacher on the way there.

    From classes alone a small transformer takes long to find out that
    pictures have edges, if colours and places say nothing; a CNN's maps tell.
    After FitNets (https://arxiv.org/abs/1412.6550): what a layer has, mapped
    by a linear layer to the teacher's channels, shall equal its map.

    Args:
        backbone (dict): A ``VisionTransformer`` of mmpretrain.
        teacher (dict): The backbone to learn from, with weights, of the same
            images; it stays as it is.
        channels (Sequence[int]): Channels of the maps of ``teacher``.
        layers (Sequence[int]): The layer that is shown each map; the last is
            the last of ``backbone``.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``.
    """

    def __init__(self, backbone: dict, teacher: dict, channels: Sequence[int],
                 layers: Sequence[int], **kwargs) -> None:
        tokens = dict(out_type='raw', out_indices=tuple(layers))
        super().__init__({**backbone, **tokens}, **kwargs)
        self.teacher = MODELS.build(teacher).requires_grad_(False)
        width = self.backbone.embed_dims
        self.mappings = nn.ModuleList(nn.Conv2d(width, c, 1) for c in channels)

    def train(self, mode: bool = True) -> 'DistilledClassifier':
        """Change the mode, but not that of the teacher."""
        super().train(mode)
        self.teacher.eval()
        return self

    def extract_feat(self,
                     inputs: Tensor,
                     stage: str = 'neck') -> Tuple[Tensor]:
        """Return the class token behind the last layer.

        Args:
            inputs (Tensor): Of shape ``(B, 3, H, W)``.
            stage (str): Ignored, there is no neck. Default: 'neck'.

        Returns:
            tuple[Tensor]: Of shape ``(B, C)``.
        """
        return (self.backbone(inputs)[-1][:, 0], )

    def loss(self, inputs: Tensor,
             data_samples: List[DataSample]) -> Dict[str, Tensor]:
        """Compute the loss of the classes and of each map.

        Args:
            inputs (Tensor): Of shape ``(B, 3, H, W)``.
            data_samples (list[DataSample]): With labels.

        Returns:
            dict[str, Tensor]: The head's, and ``loss_map0`` and so on: the
            mean square error, relative to the map's own mean square.
        """
        layers = self.backbone(inputs)
        losses = self.head.loss((layers[-1][:, 0], ), data_samples)
        with torch.no_grad():
            maps = self.teacher(inputs)
        patch = self.backbone.patch_embed.projection.kernel_size
        side = [x // y for x, y in zip(inputs.shape[2:], patch)]
        for i, (tokens, wanted) in enumerate(zip(layers, maps)):
            patches = tokens[:, 1:].transpose(1, 2).unflatten(2, side)
            found = F.adaptive_avg_pool2d(patches, wanted.shape[2:])
            error = F.mse_loss(self.mappings[i](found), wanted)
            losses[f'loss_map{i}'] = error / wanted.square().mean()
        return losses
