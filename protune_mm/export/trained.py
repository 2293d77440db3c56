"""The model that is exported, its checkpoint loaded, and its stock twin."""
from types import SimpleNamespace
from typing import Optional

from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from protune_mm.apis.testing import host_of, load_trained
from protune_mm.costs.arms import HEAD, build_arm, is_tuned
from protune_mm.engine.hooks.checkpoint_guard_hook import CheckpointGuardHook
from protune_mm.errors import UserError


def refuse_detectors(cfg: Config) -> None:
    """Raise if a config is one of mmdet, whose models are not exported.

    Args:
        cfg (Config): A complete config.

    Raises:
        UserError: If it is.
    """
    if host_of(cfg) == 'mmdet':
        raise UserError('Only classifiers of mmpretrain and segmentors of '
                        'mmseg can be exported, no detectors: test this one '
                        'with tools/test.py, or write an exporter for it '
                        "with OpenMMLab's MMDeploy.")


def load_model(cfg: Config, checkpoint: str) -> nn.Module:
    """Build the model of a config and load a checkpoint of it.

    Args:
        cfg (Config): A complete config.
        checkpoint (str): Path of a checkpoint, or a URL.

    Returns:
        nn.Module: The model, in eval mode.

    Raises:
        UserError: If there is no such checkpoint, or it leaves anything of
            the model random.
    """
    load_trained(cfg, checkpoint)
    part = cfg.model.copy()
    if cfg.get('data_preprocessor'):  # as a runner does
        part.setdefault('data_preprocessor', cfg.data_preprocessor)
    with DefaultScope.overwrite_default_scope(host_of(cfg)):
        model = MODELS.build(part)
    content = CheckpointLoader.load_checkpoint(
        checkpoint, 'cpu', logger='silent')
    # What a test refuses is refused here, in the same words.
    guard = CheckpointGuardHook()
    runner = SimpleNamespace(
        model=model, logger=MMLogger.get_current_instance())
    guard.after_load_checkpoint(runner, content)
    state = content.get('state_dict', content)
    load_state_dict(
        model, {
            name.removeprefix('module.'): value
            for name, value in state.items()
        },
        logger='silent')
    guard.before_test(runner)
    model.eval()  # that of some hosts returns nothing
    return model


def stock_model(cfg: Config, model: nn.Module) -> Optional[nn.Module]:
    """Build the host's own network, without what tuning adds.

    Args:
        cfg (Config): A complete config.
        model (nn.Module): Its model.

    Returns:
        nn.Module, optional: In eval mode, with the model's weights; None if
        the model has nothing that the host's own has not.
    """
    if not is_tuned(cfg):
        return None
    stock = build_arm(cfg, HEAD)
    state, own = model.state_dict(), stock.state_dict()
    if state.keys() == own.keys():
        return None
    stock.load_state_dict({
        name: value
        for name, value in state.items() if name in own
    })
    stock.eval()
    return stock
