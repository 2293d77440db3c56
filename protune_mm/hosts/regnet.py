"""RegNet of mmdet and mmpretrain."""
import re
from dataclasses import replace
from typing import Dict, Sequence

from torch import Tensor, nn

from . import resnet
from .resnet import RESNET, stages

# torchvision's names, part by part, and the hosts'.
TORCHVISION = (
    (r'^stem\.0\.', 'conv1.'),
    (r'^stem\.1\.', 'bn1.'),
    (r'^trunk_output\.block(\d)\.block\d-(\d+)\.', r'layer\1.\2.'),
    (r'\.proj\.', '.downsample.'),
    (r'\.f\.a\.0\.', '.conv1.'),
    (r'\.f\.a\.1\.', '.bn1.'),
    (r'\.f\.b\.0\.', '.conv2.'),
    (r'\.f\.b\.1\.', '.bn2.'),
    (r'\.f\.c\.0\.', '.conv3.'),
    (r'\.f\.c\.1\.', '.bn3.'),
)


def last_modules(backbone: nn.Module, number: int) -> Sequence[str]:
    """Return the last parts of the last block.

    A block of a large RegNet alone holds more than the paper trains.
    """
    last = stages(backbone)[-1]
    index = len(backbone.get_submodule(last)) - 1
    block = backbone.get_submodule(f'{last}.{index}')
    parts = [['downsample']] if block.downsample is not None else []
    parts += [['conv3', block.norm3_name], ['conv2', block.norm2_name]]
    return [
        f'{last}.{index}.{name}' for part in parts[:number] for name in part
    ]


def chain(backbone: nn.Module) -> Sequence[str]:
    """Return the chain of a ResNet; a RegNet does not pool in its stem."""
    return [path for path in resnet.chain(backbone) if path != 'maxpool']


def convert(backbone: nn.Module, state_dict: Dict[str, Tensor],
            prefix: str) -> None:
    """Rename the entries of a checkpoint of torchvision."""
    if f'{prefix}stem.0.weight' not in state_dict:
        return
    for key in [key for key in state_dict if key.startswith(prefix)]:
        name = key[len(prefix):]
        for theirs, ours in TORCHVISION:
            name = re.sub(theirs, ours, name)
        state_dict[prefix + name] = state_dict.pop(key)


REGNET = replace(
    RESNET,
    name='RegNet',
    last_modules=last_modules,
    chain=chain,
    convert=convert)
