"""Saves what was trained; saves whole files, before it removes older ones."""
import os
from typing import Any, Dict, List

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from protune_mm.atomic_backend import write_whole
from protune_mm.engine.work_dir import LAST
from protune_mm.tuning.delta import delta_of, tuned_parts

EMA = 'ema_state_dict'


def _model_of(runner: Runner) -> nn.Module:
    model = runner.model
    return model.module if is_model_wrapper(model) else model


class _RemovingLater:
    """A file backend that only notes what is to be removed.

    Args:
        backend (BaseStorageBackend): The backend.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.waiting: List[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        """Note a file."""
        self.waiting.append(path)


@HOOKS.register_module()
class DeltaCheckpointHook(CheckpointHook):
    """mmengine's checkpoint hook, of whose files each holds a delta.

    A delta is what was trained of a model and the identity of the base that
    was frozen: everything that loads checkpoints takes it for the whole.
    Models that are not frozen, and frozen weights of which nobody knows where
    they come from, are saved whole. A file is removed only when the newer
    one is there.

    Args:
        *args: As of mmengine's hook.
        full (bool): Save all weights. Default: False.
        **kwargs: As of mmengine's hook.
    """

    def __init__(self, *args, full: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.full = full
        self._told = False

    def before_train(self, runner: Runner) -> None:
        """Say what checkpoints will leave out.

        Args:
            runner (Runner): The runner, its model built and loaded.
        """
        super().before_train(runner)
        if self.full:
            return
        for path, part in tuned_parts(_model_of(runner)).items():
            if part.base:
                state = part.state_dict()
                size = sum(state[name].nbytes for name in part.base.names)
                runner.logger.info(
                    f'Checkpoints leave {size / 1e6:.1f} MB of {path} to its '
                    f'base {part.base}.')

    def before_save_checkpoint(self, runner: Runner,
                               checkpoint: Dict[str, Any]) -> None:
        """Leave out what the base has, of averaged weights too.

        Args:
            runner (Runner): The runner that saves.
            checkpoint (dict): The checkpoint, changed in place.
        """
        if self.full:
            return
        model = _model_of(runner)
        state, whole = delta_of(model, checkpoint['state_dict'])
        if whole and not self._told:
            self._told = True
            runner.logger.info(
                f'Checkpoints hold all weights: of the frozen '
                f'{", ".join(whole)} it is not known which file they come '
                'from. With init_cfg naming it they hold only what trains.')
        checkpoint['state_dict'] = state
        if EMA in checkpoint:
            checkpoint[EMA], _ = delta_of(model, checkpoint[EMA], 'module.')

    # -- order of writing and removing ---------------------------------------

    def _save_checkpoint_with_step(self, runner: Runner, step: int,
                                   meta: Dict[str, Any]) -> None:
        """Take mmengine's place, which removes first and writes in place."""
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        outdated = self._outdated(runner, step)
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args)
        if is_main_process():
            record = os.path.join(runner.work_dir, LAST)
            write_whole(record, self.last_ckpt.encode())
            for path in outdated:
                if self.file_backend.isfile(path):
                    self.file_backend.remove(path)

    def _outdated(self, runner: Runner, step: int) -> List[str]:
        """Count a new checkpoint; return those that it makes too many."""
        if self.max_keep_ckpts <= 0 or step in self.keep_ckpt_ids:
            return []
        number = len(self.keep_ckpt_ids) + 1 - self.max_keep_ckpts
        old = [self.keep_ckpt_ids.popleft() for _ in range(number)]
        self.keep_ckpt_ids.append(step)
        runner.message_hub.update_info('keep_ckpt_ids',
                                       list(self.keep_ckpt_ids))
        return [
            self.file_backend.join_path(self.out_dir,
                                        self.filename_tmpl.format(one))
            for one in old
        ]

    def _save_best_checkpoint(self, runner: Runner,
                              metrics: Dict[str, Any]) -> None:
        backend = self.file_backend
        self.file_backend = later = _RemovingLater(backend)
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            self.file_backend = backend
        paths = vars(self).get('best_ckpt_path_dict', {}).values()
        best = (vars(self).get('best_ckpt_path'), *paths)
        for path in later.waiting:
            if path not in best:  # one that a resumed run saved again
                backend.remove(path)
