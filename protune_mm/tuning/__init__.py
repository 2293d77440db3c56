"""What trains and what is frozen, for any torch module."""
from .checkpoint import refuse_other_backbone
from .checkpoint_file import read_checkpoint, refuse_unresumable, trusting
from .freezing import belongs, freeze, keep_in_eval, split_state, unfreeze
from .loading_report import loading_report
from .paradigms import PARADIGMS, Paradigm
from .report import parameter_rows, parameter_table

__all__ = [
    'PARADIGMS', 'Paradigm', 'belongs', 'freeze', 'keep_in_eval',
    'loading_report', 'parameter_rows', 'parameter_table', 'read_checkpoint',
    'refuse_other_backbone', 'refuse_unresumable', 'split_state', 'trusting',
    'unfreeze'
]
