"""Pro-tuned RegNets of mmdet and mmpretrain."""
import re
from typing import Dict, Sequence

from torch import Tensor

from .hosts import register_with_hosts
from .protune_resnet import ResNetStages

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


class ProTuneRegNet(ResNetStages):
    """Pro-tuned RegNet: a prompt block after each stage, the rest frozen.

    Takes every argument of the host's ``RegNet`` and those of
    :class:`ProTuneMixin`. Loads checkpoints of torchvision as well as the
    host's own; torchvision's were trained on RGB images, the hosts' on BGR.
    Source: https://arxiv.org/abs/2207.14381, Table 2.
    """

    def partial_modules(self, number: int) -> Sequence[str]:
        """Return the last parts of the last block.

        A block of a large RegNet alone holds more than the paper trains.
        """
        last = self.stage_paths[-1]
        index = len(self.get_submodule(last)) - 1
        block = self.get_submodule(f'{last}.{index}')
        parts = [['downsample']] if block.downsample is not None else []
        parts += [['conv3', block.norm3_name], ['conv2', block.norm2_name]]
        return [
            f'{last}.{index}.{name}' for part in parts[:number]
            for name in part
        ]

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor], prefix: str,
                              *args) -> None:
        if f'{prefix}stem.0.weight' in state_dict:
            for key in [key for key in state_dict if key.startswith(prefix)]:
                name = key[len(prefix):]
                for theirs, ours in TORCHVISION:
                    name = re.sub(theirs, ours, name)
                state_dict[prefix + name] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)


register_with_hosts(ProTuneRegNet, 'RegNet')
