"""A model as it is after its training, outside of a runner."""
import copy
from typing import Any, Dict, List

from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint import listed
from protune_mm.tuning.gaps import refuse_gaps


def build_model(cfg: Config) -> nn.Module:
    """Build the model of a config, in its host's scope.

    Args:
        cfg (Config): A complete config.

    Returns:
        nn.Module: The model, not initialised.
    """
    model = copy.deepcopy(cfg.model)
    if cfg.get('data_preprocessor'):  # as a runner does
        model.setdefault('data_preprocessor', cfg.data_preprocessor)
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope')):
        return MODELS.build(model)


def load_whole(model: nn.Module, checkpoint: str) -> Dict[str, Any]:
    """Load a checkpoint that fills a model.

    Args:
        model (nn.Module): The model, changed in place.
        checkpoint (str): A file, a published folder, or an address.

    Returns:
        dict: The checkpoint.

    Raises:
        UserError: If it does not fill the model, or has what the model lacks.
    """
    content = CheckpointLoader.load_checkpoint(
        checkpoint, 'cpu', logger='silent')
    state = {
        name.removeprefix('module.'): value
        for name, value in content.get('state_dict', content).items()
    }
    missing: List[str] = []
    errors: List[str] = []
    try:
        keys = model.load_state_dict(state, strict=False)
    except RuntimeError as error:  # shapes, which torch never lets pass
        errors = [str(error)]
    else:
        missing = keys.missing_keys
        if keys.unexpected_keys:
            raise UserError(
                f'{checkpoint} has {listed(keys.unexpected_keys)}, which the '
                'model of this config does not have: give the config that it '
                'was trained with.')
    refuse_gaps(model, missing, errors, checkpoint)
    return content
