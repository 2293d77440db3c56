"""A comparison that chooses rates: its files, and its cost."""
from pathlib import Path
from typing import Dict, Optional, Sequence

from protune_mm.atomic_backend import write_whole
from .campaign import Run, minutes_of
from .cells import Cell, Outcome
from .method_table import (Row, method_csv, method_markdown, method_rows,
                           methods_figure, published_markdown)
from .panels import save_figure
from .paradigm_cells import PARADIGMS
from .paradigm_table import paradigm_markdown, paradigms_figure
from .studies import task_of
from .sweep import Trial

NOTE = ('Embedded digits and slim backbones stand for the data and backbones '
        'of the paper, whose numbers are of its own data. They show that all '
        'runs, and say nothing about the paper.')
REAL_NOTE = (
    'The backbone is EfficientNet-Lite0 with real weights of ImageNet; '
    'embedded digits and tree crowns stand for the data of a user.')


def with_ending(path: Path, ending: str) -> Path:
    """Add an ending to a name that may hold dots, such as ``beta=0.5``."""
    return path.with_name(path.name + ending)


def estimate(planned: Sequence[Run], swept: Sequence[Cell], seeds: int,
             jobs: int) -> str:
    """Foretell how long the comparison takes.

    Args:
        planned (Sequence[Run]): The trainings that choose rates.
        swept (Sequence[Cell]): What rates are chosen for.
        seeds (int): Trainings of each at the chosen rate.
        jobs (int): Trainings at the same time.

    Returns:
        str: One line.
    """
    todo = [run.cell for run in planned if run.state != 'done']
    todo += list(swept) * seeds
    minutes = sum(task_of(cell).seconds for cell in todo) / 60
    return (f'About {minutes / jobs:.0f} minutes, if each of {jobs} at a '
            'time has a core of its own; less what is done of those with '
            'chosen rates.')


class Study:
    """Writes what a comparison found.

    Args:
        name (str): One of ``STUDIES``.
        runs (Sequence[Run]): Those that are reported.
        best (dict[Cell, Trial]): The trials that rates were taken from.
        path (Path): The files to write, without their suffix.
        embedded (bool): Whether on the data that need no download.
    """

    def __init__(self, name: str, runs: Sequence[Run], best: Dict[Cell, Trial],
                 path: Path, embedded: bool) -> None:
        self.runs = runs
        self.rates = {cell: trial.lr for cell, trial in best.items()}
        self.path = path
        if name == PARADIGMS:
            self.markdown, self.figure = paradigm_markdown, paradigms_figure
            self.note = REAL_NOTE
        elif embedded:
            self.markdown, self.figure = method_markdown, methods_figure
            self.note = NOTE
        else:
            self.markdown, self.figure = published_markdown, methods_figure
            self.note = ''

    def _rows(self, outcomes: Sequence[Outcome]) -> Sequence[Row]:
        return method_rows(outcomes, self.runs, self.rates)

    def _draw(self, outcomes: Sequence[Outcome]) -> Optional[Path]:
        done = [row for row in self._rows(outcomes) if row.outcome.values]
        if not done:
            return None
        return save_figure(self.figure(done), with_ending(self.path, '.png'))

    def write(self, outcomes: Sequence[Outcome]) -> str:
        """Write the tables; return the text of one.

        Args:
            outcomes (Sequence[Outcome]): One a cell.
        """
        rows = self._rows(outcomes)
        parts = filter(None, (self.markdown(rows), self.note))
        text = '\n\n'.join(parts) + '\n'
        write_whole(with_ending(self.path, '.md'), text.encode())
        write_whole(
            with_ending(self.path, '.csv'), f'{method_csv(rows)}\n'.encode())
        return text

    def finish(self, outcomes: Sequence[Outcome],
               trials: Sequence[Trial]) -> None:
        """Write and print all there is: tables, picture and cost.

        Args:
            outcomes (Sequence[Outcome]): One a cell.
            trials (Sequence[Trial]): What chose the rates.
        """
        print(f'\n{self.write(outcomes)}')
        picture = self._draw(outcomes)
        runs = [*(trial.run for trial in trials), *self.runs]
        print(f'Trainings took {minutes_of(runs):.1f} minutes in all, one '
              'after another.')
        files = (with_ending(self.path, x) for x in ('.md', '.csv'))
        print(*filter(None, (*files, picture)), sep='\n')
