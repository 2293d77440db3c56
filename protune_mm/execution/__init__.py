"""How a frozen backbone runs: what it keeps for backward."""
from .blocks import (can_run_again, find_blocks, heavy_leaves, is_known,
                     is_leaf, parts_by_type)
from .folding import fold_norms
from .heads import recompute_heads
from .leaf_policies import is_observed, policy_of, slim
from .notes import once
from .pooling import quicken_pool
from .recompute import recompute

# From torch's own way to the least bytes.
MEMORY = ('plain', 'lean', 'leanest')
# Elements from which 'lean' minds a tensor: what hooks of Python take would
# be felt beside the operations on a smaller one. 256 KiB of float32.
LARGE = 2**16

__all__ = [
    'LARGE', 'MEMORY', 'can_run_again', 'find_blocks', 'fold_norms',
    'heavy_leaves', 'is_known', 'is_leaf', 'is_observed', 'once',
    'parts_by_type', 'policy_of', 'quicken_pool', 'recompute',
    'recompute_heads', 'slim'
]
