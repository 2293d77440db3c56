"""Training runs whose results are compared."""
import copy
import hashlib
import json
import os
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Dict

from mmengine.config import Config
from mmengine.model import is_model_wrapper

from protune_mm.tuning import parameter_rows
from protune_mm.version import __version__
from .checks import preflight
from .runner import build_runner
from .weights import find_weights

RECORD = 'result.json'


def _fingerprint(cfg: Config) -> str:
    """Hash what a result depends on: config, local weights, our version."""
    digest = hashlib.sha256(cfg.pretty_text.encode())
    digest.update(__version__.encode())
    for _, weights in find_weights(cfg):
        if os.path.isfile(weights):
            digest.update(Path(weights).read_bytes())
    return digest.hexdigest()


def run_experiment(cfg: Config, title: str) -> Dict:
    """Train and evaluate a config, or return what an earlier run found.

    A finished run of the same config in the same work directory is not
    repeated, an interrupted one starts again. The log goes to ``train.log``
    in the work directory, a progress bar to the screen.

    Args:
        cfg (Config): A complete config with a ``work_dir``.
        title (str): What the progress bar is called.

    Returns:
        dict: ``metrics`` (the evaluator's), ``parameters`` (rows of
        ``component, trained, frozen``), ``minutes`` of training and
        evaluation, and ``checkpoint``, the path of the weights.

    Raises:
        UserError: If data or weights are missing or do not fit.
    """
    preflight(cfg)
    folder = Path(cfg.work_dir)
    record = folder / RECORD
    key = _fingerprint(cfg)
    if record.exists():
        result = json.loads(record.read_text())
        if result['config'] == key and os.path.exists(result['checkpoint']):
            return result
    folder.mkdir(parents=True, exist_ok=True)
    cfg = copy.deepcopy(cfg)  # a runner writes into its config
    cfg.custom_hooks = [
        *(cfg.get('custom_hooks') or []),
        dict(type='ProgressBarHook', title=title)
    ]
    start = time.time()
    with open(folder / 'train.log', 'w') as log, redirect_stdout(log):
        runner = build_runner(cfg)
        runner.train()
    model = runner.model
    model = model.module if is_model_wrapper(model) else model
    scalars = runner.message_hub.log_scalars
    result = dict(
        config=key,
        metrics={
            name[len('val/'):]: float(values.current())
            for name, values in scalars.items()
            if name.startswith('val/') and 'time' not in name
        },
        parameters=[list(row) for row in parameter_rows(model)],
        minutes=(time.time() - start) / 60,
        checkpoint=(folder / 'last_checkpoint').read_text())
    # A record that is there is complete.
    partial = record.with_suffix('.part')
    partial.write_text(json.dumps(result, indent=2))
    os.replace(partial, record)
    return result
