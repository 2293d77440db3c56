"""Any other backbone: where its stages end is found out by an image."""
from .family import Family
from .stage_ends import StageEnds
from .unused import find_unused
from .wrapped import take_plain_names

UNKNOWN = Family(
    'other backbone',
    stages=StageEnds,
    unused=find_unused,
    convert=take_plain_names)
