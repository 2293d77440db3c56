"""Writes what each process of a distributed training ends with."""
import hashlib
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from protune_mm.tuning import split_state


@HOOKS.register_module()
class RankHashHook(Hook):
    """Write a hash of all parameters and frozen buffers, a file a rank."""

    def after_train(self, runner):
        model = runner.model.module
        names = set(dict(model.named_parameters())) | set(
            split_state(model)[1])
        digest = hashlib.sha256()
        for name, value in model.state_dict().items():
            if name in names:
                digest.update(value.numpy().tobytes())
        path = Path(runner.work_dir) / f'rank{runner.rank}'
        path.write_text(f'{digest.hexdigest()} of {runner.world_size}')
