"""Looking at whether a delta or a published task is whole and fits."""
from typing import List, Optional

from mmengine.config import Config

from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.tuning.delta import tuned_parts
from protune_mm.tuning.published_folder import FOLDER_URL, is_published
from .read import read_published


def is_task(address: str) -> bool:
    """Tell whether an address is that of a published task.

    Args:
        address (str): A path or an address.

    Returns:
        bool: Whether it is.
    """
    remote = address.startswith(('http://', 'https://'))
    return bool(FOLDER_URL.search(address)) if remote else \
        is_published(address)


def verify(address: str, cfg: Optional[Config] = None) -> List[str]:
    """Load a checkpoint and its base, and say what was found.

    Args:
        address (str): A checkpoint, or a published task.
        cfg (Config, optional): The config of a checkpoint. Default: None,
            which means that of the published task.

    Returns:
        list[str]: A line for each thing that is right.

    Raises:
        UserError: For the first that is not.
    """
    lines = []
    if is_task(address):
        published = read_published(address)
        cfg = cfg or published.config
        lines.append('The files are those that were published.')
        address = published.checkpoint
    elif cfg is None:
        raise UserError(f'{address} is no published task: name the config '
                        'that it was trained with, --config PATH.')
    model = build_model(cfg)
    load_whole(model, address)
    number = len(model.state_dict())
    lines.append(f'All {number} entries of {type(model).__name__} are filled.')
    for path, part in tuned_parts(model).items():
        if part.base:
            lines.append(f'The frozen {len(part.base.names)} entries of {path}'
                         f' are those of its base {part.base}.')
            source = (part.base.source or {}).get('checkpoint', '://')
            if '://' not in source:
                lines.append('That base is a file of this machine: others '
                             'need it too, and a config that names it.')
    return lines
