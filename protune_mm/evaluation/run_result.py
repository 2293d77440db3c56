"""What a finished training leaves."""
import json
from pathlib import Path
from typing import Dict, List, TypedDict

from protune_mm.atomic_backend import write_whole
from protune_mm.tuning.report import ParameterRow

RECORD = 'result.json'


class RunResult(TypedDict):
    """The content of ``result.json`` in the work directory of a run.

    Args:
        fingerprint (str): What tells the run from others.
        metrics (dict[str, float]): Of the last evaluation.
        parameters (list): Rows of :class:`ParameterRow`.
        minutes (float): Of training and evaluation.
        checkpoint (str): Path of the weights.
    """
    fingerprint: str
    metrics: Dict[str, float]
    parameters: List[ParameterRow]
    minutes: float
    checkpoint: str


def write_result(folder: Path, result: RunResult) -> None:
    """Write the result of a run into its work directory."""
    write_whole(folder / RECORD, json.dumps(result, indent=2).encode())


def load_result(path: Path) -> Dict:
    """Read a result.

    Args:
        path (Path): A ``result.json``.

    Returns:
        dict: As :class:`RunResult`; empty if there is none or it is damaged.
    """
    try:
        result = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}


def total_parameters(result: RunResult) -> ParameterRow:
    """Return the last row of a result's parameters, their sum."""
    return ParameterRow._make(result['parameters'][-1])
