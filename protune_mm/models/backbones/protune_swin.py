"""Pro-tuned Swin Transformers of mmdet, mmseg and mmpretrain."""
from typing import Dict, List, Optional, Sequence, Tuple

from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint import REMEDY
from .hosts import register_with_hosts
from .protune_mixin import ProTuneMixin


class ProTuneSwin(ProTuneMixin):
    """Pro-tuned Swin: prompts after the patch embedding and each stage.

    Takes every argument of the host's ``SwinTransformer`` and those of
    :class:`ProTuneMixin`. The norms of the outputs train too. Freezing is
    done at construction; the hosts freeze in ``train()``, after the model is
    wrapped for several processes. Source: https://arxiv.org/abs/2207.14381,
    section 3.2 and Table 3.

    Args:
        prompts_after_merging (bool, optional): Put the block of a stage
            behind the patch merging that follows it, as the paper's counts
            for classification say; otherwise before, so that a neck sees what
            the next stage sees. Default: None, which means behind if the last
            stage is the only output.

    Example:
        >>> import torch
        >>> from protune_mm.models import ProTuneSwin
        >>> backbone = ProTuneSwin.mmdet(depths=(2, 2, 2, 2))
        >>> maps = backbone(torch.rand(1, 3, 64, 64))
        >>> [tuple(x.shape) for x in maps]
        [(1, 96, 16, 16), (1, 192, 8, 8), (1, 384, 4, 4), (1, 768, 2, 2)]
    """

    def __init__(self,
                 *args,
                 prompts_after_merging: Optional[bool] = None,
                 **kwargs) -> None:
        # The mixin asks for the stages while it is constructed.
        self.prompts_after_merging = prompts_after_merging
        super().__init__(*args, **kwargs)

    def _choose_paths(self, *args) -> List[str]:
        stages = len(self.stages)
        if not all(0 <= i < stages for i in self.out_indices):
            raise UserError(
                f'out_indices={tuple(self.out_indices)} must be stages of '
                f'{type(self).__name__}, 0 to {stages - 1}.')
        return super()._choose_paths(*args)

    @property
    def stage_paths(self) -> Tuple[str, ...]:
        """tuple[str]: Each stage's last block, or the merging behind it."""
        last = max(self.out_indices)  # what is behind it reaches no output
        after = self.prompts_after_merging
        if after is None:
            after = list(self.out_indices) == [len(self.stages) - 1]
        return tuple(f'stages.{i}.downsample' if after and i < last else
                     f'stages.{i}.blocks.{len(stage.blocks) - 1}'
                     for i, stage in enumerate(self.stages[:last + 1]))

    def default_prompt_stages(self) -> Sequence[str]:
        """Return the patch embedding and the stages."""
        return ('patch_embed', *self.stage_paths)

    def default_prompt_cfg(self) -> dict:
        """Return a prompt with the paper's SE ratio for transformers."""
        return dict(type='PromptBlock', se_ratio=4)

    def default_trained_modules(self) -> Sequence[str]:
        """Return the norms of the outputs; without blocks, the new ones."""
        norms = [f'norm{i}' for i in self.out_indices]
        # Only mmpretrain names the final norm as checkpoints do.
        if not self.prompt_paths and self.host == 'mmpretrain':
            norms = [n for n in norms if n != f'norm{len(self.stages) - 1}']
        return norms

    def partial_modules(self, number: int) -> Sequence[str]:
        """Return the last block's second linear layer, or its whole FFN."""
        block = self.stage_paths[-1]
        if number == 1:
            return [f'{block}.ffn.layers.1']
        return [f'{block}.norm2', f'{block}.ffn']

    # -- loading -------------------------------------------------------------

    def init_weights(self) -> None:
        """Initialise, or load what ``init_cfg`` names.

        Raises:
            UserError: If the checkpoint is not one of this backbone.
        """
        try:
            super().init_weights()
        # mmdet looks for names in a checkpoint before it loads any.
        except IndexError:
            raise UserError(
                'The checkpoint in init_cfg has nothing that begins with '
                "'backbone.': if it is one of Swin's authors, set "
                'convert_weights=True; if it is a bare backbone of '
                'OpenMMLab, save it with that prefix.') from None
        except KeyError as error:
            converted = getattr(self, 'convert_weights', False)
            remedy = ('If OpenMMLab has converted it already, set '
                      'convert_weights=False. ') * converted + REMEDY
            raise UserError(
                f'{type(self).__name__} cannot load this checkpoint: the '
                f'model has no {error.args[0]}. {remedy}') from None

    def _check_checkpoint(self, state_dict: Dict[str, Tensor], prefix: str,
                          *args) -> None:
        theirs = f'{prefix}patch_embed.proj.weight'
        if theirs in state_dict or theirs in state_dict.get('model', ()):
            raise UserError(
                "The checkpoint has the names of Swin's authors: in mmdet set "
                'convert_weights=True; for other libraries take the file '
                'their model zoo has, or convert this one with '
                'mmdet.models.backbones.swin.swin_converter.')
        super()._check_checkpoint(state_dict, prefix, *args)

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        # mmpretrain converts older checkpoints for its own class only.
        own = self.state_dict()
        final = f'norm{len(self.stages) - 1}.'
        for key in [key for key in state_dict if key.startswith(prefix)]:
            name = key[len(prefix):]
            if name.endswith('.attn_mask'):
                del state_dict[key]
            elif self.host == 'mmpretrain':
                if name.startswith('norm.'):
                    new = prefix + final + name[len('norm.'):]
                    state_dict[new] = state_dict.pop(key)
            # Follows from the window's size, which may be another one.
            elif name.endswith('.relative_position_index') and name in own:
                state_dict[key] = own[name]
        super()._load_from_state_dict(state_dict, prefix, *args)


register_with_hosts(ProTuneSwin, 'SwinTransformer')
