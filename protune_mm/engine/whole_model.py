"""A model as it is after its training, outside of a runner."""
import re
from typing import Any, Collection, Dict, List

from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning.checkpoint import listed

# What torch says of an entry that it could not copy.
RESHAPED = re.compile(r'size mismatch for (\S+): .*?Size\(\[(.*?)\]\)'
                      r'.*Size\(\[(.*?)\]\)')


def refuse_gaps(model: nn.Module,
                missing: Collection[str],
                errors: Collection[str],
                name: str = 'The checkpoint') -> None:
    """Raise if anything of a loaded model is random.

    Args:
        model (nn.Module): The model.
        missing (Collection[str]): Entries that the checkpoint lacks.
        errors (Collection[str]): What torch says of those it could not copy.
        name (str): What the message calls the file.
            Default: 'The checkpoint'.

    Raises:
        UserError: If there are such entries.
    """
    # torch itself fills in the step counts that older files lack.
    gaps = [
        entry for entry in missing
        if not entry.endswith('.num_batches_tracked')
    ]
    for entry, given, own in RESHAPED.findall('\n'.join(errors)):
        gaps.append(f'{entry} ({given}) instead of ({own})')
    if gaps:
        raise UserError(
            f'{name} does not fill {len(gaps)} of the '
            f'{len(model.state_dict())} entries of the model, which would '
            f'be random: {listed(gaps)}. Give the config that it was '
            'trained with, num_classes included, or a checkpoint of this '
            'model.')


def build_model(cfg: Config) -> nn.Module:
    """Build the model of a config, in its host's scope.

    Args:
        cfg (Config): A complete config.

    Returns:
        nn.Module: The model, not initialised.
    """
    init_default_scope(cfg.get('default_scope') or 'mmengine')
    return MODELS.build(cfg.model)


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
