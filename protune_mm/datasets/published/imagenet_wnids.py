"""The 200 of ImageNet's classes that ImageNet-A and ImageNet-R show."""
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Tuple

from protune_mm.errors import UserError


def load_wnids(subset: str) -> Tuple[str, ...]:
    """Load the WordNet IDs of a subset of ImageNet's classes.

    Source of the two lists: ``eval.py`` of
    https://github.com/hendrycks/natural-adv-examples and of
    https://github.com/hendrycks/imagenet-r.

    Args:
        subset (str): 'imagenet_a', 'imagenet_r', or the path of a text file
            with an ID a line, such as ``n01440764``.

    Returns:
        tuple[str]: The IDs, sorted; the index of an ID is its label.

    Raises:
        UserError: If there is no such subset or file, or a line of the file
            is no ID.
    """
    text = files(__package__).joinpath('imagenet200.json').read_text('utf-8')
    known = json.loads(text)
    if subset in known:
        return tuple(known[subset])
    if not Path(subset).is_file():
        raise UserError(f"subset='{subset}' is neither known nor a file; give "
                        f'{", ".join(known)}, or the path of a text file with '
                        'a WordNet ID a line.')
    wnids = Path(subset).read_text().split()
    for wnid in wnids:
        if not re.fullmatch(r'n\d{8}', wnid):
            raise UserError(f'"{subset}" holds "{wnid}", which is no WordNet '
                            'ID; give one a line, such as n01440764.')
    return tuple(sorted(set(wnids)))
