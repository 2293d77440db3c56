"""What Visual Prompt Tuning and Self-Prompt Tuning set in a config."""
from dataclasses import dataclass
from typing import Dict, Optional

from mmengine.config import Config

from .cells import Cell


@dataclass(frozen=True)
class PromptMethod:
    """A way to tune by prompt tokens.

    Sources: VPT, https://arxiv.org/abs/2203.12119; SPT,
    https://arxiv.org/abs/2402.02382; and their code.

    Args:
        recipe (str): How it trains: 'vpt' or 'spt'.
        depth (str): 'deep' or 'shallow'.
        length (int): Prompts of a block. VPT chooses them for each data set
            from 1, 5, 10, 50, 100 and 200: we do not.
        dropout (float): Of the prompts. Default: 0.0.
        sampling (str, optional): What the prompts start from, as
            ``SelfPromptInitHook`` names it. Default: None, which means random
            numbers.
        blocks (bool): Whether there are also the prompt blocks of Pro-tuning.
            Default: False.
    """
    recipe: str
    depth: str
    length: int
    dropout: float = 0.
    sampling: Optional[str] = None
    blocks: bool = False


PROMPT_METHODS = {
    'vpt-shallow':
    PromptMethod('vpt', 'shallow', 10),
    'vpt-deep':
    PromptMethod('vpt', 'deep', 10, dropout=0.1),
    # What SPT adds is its start: this is SPT-deep with the start of VPT.
    'vpt-deep-adamw':
    PromptMethod('spt', 'deep', 20),
    'spt-shallow':
    PromptMethod('spt', 'shallow', 100, sampling='random'),
    'spt-deep':
    PromptMethod('spt', 'deep', 20, sampling='mean'),
    'spt-deep+protune':
    PromptMethod('spt', 'deep', 20, sampling='mean', blocks=True),
}
# SPT's README and code: of the whole batch, and what weights need.
SPT_BATCH = 32
SPT_RATES = dict(vit_base_mae=5e-2)
SPT_HEAD_STDS = dict(vit_base_mocov3=0.01)
# Those of ProTuneViT: after the patch embedding and a block of each quarter.
BLOCK_STAGES = ('patch_embed', 0, 1, 2, 3)
# What they learn with alone, in transformer_frozen.py and slim_vit_frozen.py.
BLOCK_RATE, SLIM_BLOCK_RATE = 1e-3, 1e-2
# Iterations from one entry of the log to the next: an entry is their mean.
LOG_INTERVAL, SLIM_LOG_INTERVAL = 10, 1


def _backbone(cell: Cell, method: PromptMethod, host: str) -> Dict:
    options = dict(
        type=host.replace('ProTune', 'Prompted'),
        tuning='protune',
        prompt_depth=method.depth,
        prompt_length=method.length,
        prompt_dropout=method.dropout)
    if method.blocks:
        options['prompt_stages'] = list(BLOCK_STAGES)
    if method.recipe == 'vpt' and cell.backbone == 'vit_base_mae':
        options['encoder_norm'] = False
    return options


def _set_rates(cfg: Config, cell: Cell, method: PromptMethod) -> None:
    """Set the rates of Self-Prompt Tuning, in place."""
    wrapper = cfg.optim_wrapper
    wrapper.optimizer.lr = SPT_RATES.get(cell.backbone, wrapper.optimizer.lr)
    if method.blocks:
        slim = cell.backbone == 'vit_slim'
        rate = SLIM_BLOCK_RATE if slim else BLOCK_RATE
        wrapper.paramwise_cfg.custom_keys.update({
            'backbone.prompts.':
            dict(lr_mult=rate / wrapper.optimizer.lr, decay_mult=0.),
            'backbone.prompts.tokens':
            dict()
        })


def use_prompts(cfg: Config, cell: Cell) -> None:
    """Set what a method with prompt tokens needs.

    Args:
        cfg (Config): Made of the fragments of the cell, changed in place.
        cell (Cell): Its method is a key of ``PROMPT_METHODS``.
    """
    method = PROMPT_METHODS[cell.method]
    slim = cell.backbone == 'vit_slim'
    interval = SLIM_LOG_INTERVAL if slim else LOG_INTERVAL
    cfg.model.backbone.update(_backbone(cell, method, cfg.model.backbone.type))
    cfg.model.head.init_cfg = cfg.head_init
    cfg.default_hooks.logger.interval = interval
    cfg.log_processor = dict(window_size=interval)
    if method.recipe == 'spt':
        if cell.backbone in SPT_HEAD_STDS:
            cfg.model.head.init_cfg.std = SPT_HEAD_STDS[cell.backbone]
        cfg.train_dataloader.batch_size = SPT_BATCH
        _set_rates(cfg, cell, method)
    if method.sampling:
        cfg.custom_hooks = [
            *cfg.custom_hooks,
            dict(type='SelfPromptInitHook', sampling=method.sampling)
        ]
