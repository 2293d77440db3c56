"""Tables and figures of papers: composed, run, collected, compared."""
from .campaign import Run, collect, execute, options_tag, overview, plan
from .cells import Cell, Outcome, paper_cells, select
from .embedded import embedded_cells, prepare_embedded, without_paper
from .plots import draw
from .prompt_cells import BENCHMARKS, prompt_cells
from .results_table import to_csv, to_markdown

__all__ = [
    'BENCHMARKS', 'Cell', 'Outcome', 'Run', 'collect', 'draw',
    'embedded_cells', 'execute', 'options_tag', 'overview', 'paper_cells',
    'plan', 'prepare_embedded', 'prompt_cells', 'select', 'to_csv',
    'to_markdown', 'without_paper'
]
