"""What is known of the hosts' backbones, one family a file."""
from .beit import BEIT
from .dry_run import dry_run, noise
from .family import Family, TokenPath
from .frozen_run import memory_line, recompute_blocks, slim_leaves
from .kept_hooks import keep_hooks
from .layout import run_channels_last
from .mmseg_vit import MMSEG_VIT
from .regnet import REGNET
from .resnet import RESNET
from .sites import Sites
from .sublayers import Sublayer
from .swin import SWIN
from .unknown import UNKNOWN
from .vit import VIT
from .weights import Weights

__all__ = [
    'BEIT', 'Family', 'MMSEG_VIT', 'REGNET', 'RESNET', 'SWIN', 'Sites',
    'Sublayer', 'TokenPath', 'UNKNOWN', 'VIT', 'Weights', 'dry_run',
    'keep_hooks', 'memory_line', 'noise', 'recompute_blocks',
    'run_channels_last', 'slim_leaves'
]
