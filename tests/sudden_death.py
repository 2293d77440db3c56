"""Ends a training as a crash of the machine would: nothing more is run."""
import os
import resource
import signal
import subprocess
from functools import partial
from typing import Any, Optional

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

HALF = 200_000  # bytes, about half a checkpoint of the tests


def _die(*_: Any, after: Any = None) -> None:
    """Kill this process, perhaps after something else."""
    if after:
        after(*_)
    os.kill(os.getpid(), signal.SIGKILL)


@HOOKS.register_module()
class SuddenDeath(Hook):
    """Kill the process that trains.

    Args:
        iteration (int, optional): The iteration, counted from 1, after which
            it dies. Default: None, which means that it lives.
        moment (str): Where in it: ``'begin'`` or ``'end'``, or inside the save
            that follows: ``'write'`` (half the checkpoint is on the disk; the
            system ends the process by SIGXFSZ, else it is SIGKILL), ``'sync'``
            (all of it), ``'replace'`` (it is to get its name) or
            ``'replaced'`` (it has, and nothing else knows); ``'any'`` is a
            moment after it, whatever is done then. Default: 'end'.
        delay (float): How long after it that is, in seconds. Default: 0.
    """

    priority = 'LOW'  # a save comes after

    def __init__(self,
                 iteration: Optional[int] = None,
                 moment: str = 'end',
                 delay: float = 0.) -> None:
        self.iteration = iteration
        self.delay = delay
        self.moment = moment

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 == self.iteration and self.moment == 'begin':
            _die()

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        if runner.iter + 1 != self.iteration:
            return
        if self.moment == 'end':
            _die()
        elif self.moment == 'any':
            # From outside, as what is being done may not hear signals.
            subprocess.Popen(
                ['sh', '-c', f'sleep {self.delay}; kill -9 {os.getpid()}'])
        elif self.moment == 'write':
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (HALF, HALF))
        elif self.moment == 'sync':
            os.fsync = _die
        elif self.moment == 'replace':
            os.replace = _die
        elif self.moment == 'replaced':
            os.replace = partial(_die, after=os.replace)
