"""How prompt tokens travel through a Swin, and what its head sees of them."""
from functools import partial
from typing import Any, List, Optional, Tuple

from torch import Tensor, nn

from protune_mm.errors import UserError
from .family import TokenPath
from .swin_windows import take_prompts

POOLS = ('all', 'img')


def blocks(backbone: nn.Module) -> List[Tuple[str, int]]:
    """Return the blocks that reach an output, and their channels."""
    used = backbone.stages[:max(backbone.out_indices) + 1]
    return [(f'stages.{i}.blocks.{j}', block.attn.w_msa.embed_dims)
            for i, stage in enumerate(used)
            for j, block in enumerate(stage.blocks)]


def extra(backbone: nn.Module) -> int:
    """Return that there is no class token."""
    return 0


def check(backbone: nn.Module, pool: Optional[str]) -> str:
    """Raise if the head cannot get what ``pool`` says."""
    if pool is None:
        only = list(backbone.out_indices) == [len(backbone.stages) - 1]
        pool = 'all' if only and backbone.host == 'mmpretrain' else 'img'
    if pool not in POOLS:
        raise UserError(f"prompt_pool='{pool}' is not known: "
                        f'choose one of {", ".join(POOLS)}.')
    if pool == 'all' and backbone.host != 'mmpretrain':
        raise UserError(f"prompt_pool='all' leaves no maps for {backbone.host}"
                        ": choose 'img'.")
    return pool


def _begin(backbone: nn.Module, module: nn.Module, inputs: Tuple) -> None:
    # A call that failed half-way may have left something.
    backbone.call.prompts, backbone.call.means = None, []


def _on_norm(backbone: nn.Module, length: int, module: nn.Module,
             inputs: Tuple, output: Tensor) -> Optional[Tensor]:
    """Keep the patches, of which the host makes a map."""
    if backbone.call.stock:
        return None
    backbone.call.means.append(output.mean(dim=1)[..., None, None])
    return output[:, length:]


def _on_output(backbone: nn.Module, pool: str, module: nn.Module,
               inputs: Tuple, output: Any) -> Any:
    means, backbone.call.means = backbone.call.means, []
    return tuple(means) if means and pool == 'all' else output


def open_way(backbone: nn.Module, pool: str, length: int) -> None:
    """Let windows, mergings and outputs take prompts before the patches."""
    for stage in backbone.stages:
        take_prompts(stage, backbone.call)
    backbone.register_forward_pre_hook(partial(_begin, backbone))
    for i in backbone.out_indices:
        backbone.get_submodule(f'norm{i}').register_forward_hook(
            partial(_on_norm, backbone, length))
    backbone.register_forward_hook(partial(_on_output, backbone, pool))


SWIN_TOKENS = TokenPath(blocks, extra, check, open_way)
