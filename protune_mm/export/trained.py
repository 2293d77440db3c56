"""The model that is exported, its checkpoint loaded, and its stock twin."""
from typing import Optional

from mmengine.config import Config
from torch import nn

from protune_mm.apis.testing import load_trained
from protune_mm.costs.arms import HEAD, build_arm, is_tuned
from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import host_of


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
    model = build_model(cfg)
    load_whole(model, checkpoint)
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
