"""Pro-tuned Vision Transformers (ViT, DeiT) of mmpretrain."""
from typing import Any, Dict, List, Sequence, Tuple, Union

from torch import Tensor, nn

from protune_mm.errors import UserError
from .hosts import register_with_hosts
from .protune_mixin import ProTuneMixin


class ProTuneViT(ProTuneMixin):
    """Pro-tuned ViT: prompts after the patch embedding and in four layers.

    Takes every argument of mmpretrain's ``VisionTransformer`` and those of
    :class:`ProTuneMixin`. A prompt sees the map of the patch tokens, the
    class token passes by. The layers are spread evenly over those that
    another one follows: what happens to the patches after the last one never
    reaches the class token, so that a prompt there (``"L1"``, ``"L5"`` of
    Table 10) has no effect. The final norm trains too. Source:
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

    def __init__(self,
                 *args,
                 out_indices: Union[int, Sequence[int]] = -1,
                 **kwargs) -> None:
        if isinstance(out_indices, (list, tuple)):
            out_indices = list(out_indices)  # the host counts in place
        super().__init__(*args, out_indices=out_indices, **kwargs)

    def _choose_paths(self, *args) -> List[str]:
        # The host lets one pass that is behind its last layer.
        if max(self.out_indices) >= self.num_layers:
            raise UserError(f'out_indices={self.out_indices} must be layers '
                            f'of {type(self).__name__}, 0 to '
                            f'{self.num_layers - 1}.')
        return super()._choose_paths(*args)

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: The layer that ends each quarter of the depth."""
        depth = max(self.out_indices) + 1
        if self.out_type == 'cls_token':
            depth -= 1
        ends = dict.fromkeys(depth * i // 4 - 1 for i in range(1, 5))
        # A quarter of less than a layer ends nowhere.
        return tuple(f'layers.{end}' for end in ends if end >= 0)

    def default_prompt_stages(self) -> Sequence[str]:
        """Return the patch embedding and the four layers."""
        return ('patch_embed', *self.stage_paths)

    def default_prompt_cfg(self) -> dict:
        """Return a prompt with the paper's SE ratio for transformers."""
        return dict(type='PromptBlock', se_ratio=4)

    def default_trained_modules(self) -> Sequence[str]:
        """Return the final norm with blocks, and a norm that is new."""
        norms = []
        last = self.num_layers - 1 in self.out_indices
        if self.prompt_paths and self.final_norm and last:
            norms.append('ln1')
        if self.out_type == 'avg_featmap':
            norms.append('ln2')
        return norms

    def partial_modules(self, number: int) -> Sequence[str]:
        """Return the last layer's FFN with its norm, or the whole layer."""
        last = f'layers.{max(self.out_indices)}'
        return [f'{last}.ln2', f'{last}.ffn'] if number == 1 else [last]

    # -- prompts -------------------------------------------------------------

    def _insert_prompts(self, *args) -> None:
        # A layer's output does not tell its height and width.
        self.patch_embed.register_forward_hook(self._note_grid)
        super()._insert_prompts(*args)

    def _note_grid(self, module: nn.Module, inputs: Tuple,
                   output: Tuple) -> None:
        self._grid = output[1]

    def blend(self, prompts: nn.Module, inputs: Tuple, output: Any) -> Any:
        """Apply prompts to the map of the patch tokens.

        Args:
            prompts (nn.Module): Maps ``(B, C, H, W)`` to the same shape.
            inputs (tuple): Positional inputs of a layer.
            output: Its output ``(B, 1 + H*W, C)``, the class token first; or
                that of the patch embedding, tokens and ``(H, W)``.

        Returns:
            The output in its own form, prompts blended in.
        """
        if not isinstance(output, Tensor) or output.dim() != 3:
            return super().blend(prompts, inputs, output)
        return super().blend(prompts, (self._grid, ), output)

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
