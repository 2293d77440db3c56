"""The paper's tables and figures: composed, run, collected, compared."""
from .campaign import collect, execute, options_tag, overview, plan
from .cells import paper_cells, select
from .embedded import embedded_cells, prepare_embedded, without_paper
from .plots import draw
from .results_table import to_csv, to_markdown

__all__ = [
    'collect', 'draw', 'embedded_cells', 'execute', 'options_tag', 'overview',
    'paper_cells', 'plan', 'prepare_embedded', 'select', 'to_csv',
    'without_paper', 'to_markdown'
]
