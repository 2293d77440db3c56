"""From a config file and command-line flags to a runner."""
import gc
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Optional, Union

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmengine.runner.checkpoint import CheckpointLoader

from protune_mm.engine.hooks.set_aside_hook import BEFORE
from protune_mm.engine.work_dir import newest_checkpoint
from protune_mm.errors import UserError
from protune_mm.own_configs import locate
from protune_mm.preflight import check_loaders
from protune_mm.tuning.checkpoint_file import refuse_unresumable
from protune_mm.tuning.published_folder import is_there


def _check_seed(cfg: Config) -> None:
    seed = (cfg.get('randomness') or {}).get('seed')
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 2**32):
        raise UserError(f'randomness.seed={seed!r} is no seed: give a whole '
                        'number from 0 to 4294967295.')


def load_config(path: str,
                work_dir: Optional[str] = None,
                launcher: str = 'none',
                cfg_options: Optional[dict] = None) -> Config:
    """Load a config and apply what every tool's command line may change.

    Args:
        path (str): The config file, or one of ours as
            ``protune_mm::htc_protune_r50_coco.py``.
        work_dir (str, optional): Where logs and checkpoints go. Default:
            None, which means the config's own, else ``work_dirs/<name>``.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'. Default: 'none'.
        cfg_options (dict, optional): Values to override. Default: None.

    Returns:
        Config: The complete config.

    Raises:
        UserError: If there is no such file, or none that it needs, or a
            setting is not possible.
    """
    path = locate(path)
    if not os.path.isfile(path):
        raise UserError(f'There is no config at {path}: give the path of a '
                        '.py file, such as those in configs/.')
    try:
        cfg = Config.fromfile(path)
    except FileNotFoundError as error:
        raise UserError(f'{path} needs {error.filename}, which is not there: '
                        'correct its name in that config or in one of its '
                        '_base_.') from None
    cfg.launcher = launcher
    for option, value in (cfg_options or {}).items():
        try:
            cfg.merge_from_dict({option: value})
        # A step of the path that is no setting, or no number of a list.
        except (AssertionError, IndexError, KeyError, TypeError, ValueError):
            raise UserError(f'--cfg-options {option}: {path} has no such '
                            'setting; write each step of its path, items of '
                            'lists by number.') from None
    name = os.path.splitext(os.path.basename(path))[0]
    cfg.work_dir = work_dir or cfg.get('work_dir') or f'work_dirs/{name}'
    _check_model(cfg, path)
    _check_seed(cfg)
    return cfg


def _check_model(cfg: Config, path: str) -> None:
    """Raise if a config is a part of one."""
    model = cfg.get('model')
    if not (isinstance(model, dict) and model.get('type')):
        raise UserError(f'{path} has no model with a type: give a whole '
                        'config, not a fragment of one such as a data set.')


def make_work_dir(cfg: Config) -> None:
    """Make the work directory and see that it can be written to.

    Args:
        cfg (Config): A complete config with a ``work_dir``.

    Raises:
        UserError: If it cannot be made or written to.
    """
    try:
        os.makedirs(cfg.work_dir, exist_ok=True)
        with TemporaryFile(dir=cfg.work_dir):
            pass
    except OSError as error:
        raise UserError(f'The work directory {cfg.work_dir} cannot be written '
                        f'to ({error.strerror}): choose another with '
                        '--work-dir.') from None


def use_amp(cfg: Config) -> None:
    """Switch automatic mixed precision on.

    Args:
        cfg (Config): A complete config, changed in place.

    Raises:
        UserError: If there is no GPU.
    """
    if not torch.cuda.is_available():
        raise UserError('--amp needs a GPU that torch can use: leave it out.')
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')


def scale_lr(cfg: Config) -> None:
    """Let mmengine scale the learning rate to the total batch size.

    Args:
        cfg (Config): A complete config, changed in place.

    Raises:
        UserError: If the config does not say for which batch it was made.
    """
    if 'base_batch_size' not in (cfg.get('auto_scale_lr') or {}):
        raise UserError('--auto-scale-lr needs auto_scale_lr.base_batch_size '
                        'in the config: set auto_scale_lr=dict('
                        'base_batch_size=N) there.')
    cfg.auto_scale_lr.enable = True


def _saves_optimizer(cfg: Config) -> bool:
    """Tell if a config's checkpoints hold the state of the optimizer."""
    hook = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    return hook.get('save_optimizer', True)


def _moved(cfg: Config) -> str:
    """Point to the checkpoints that a training has moved out of its way."""
    moved = sorted(Path(cfg.work_dir).glob(f'{BEFORE}*/*.pth'))
    return (f' (an earlier one left {moved[-1].parent}: to go on from it, '
            f'name its checkpoint, --resume PATH)') if moved else ''


def _type_name(kind: Union[str, type]) -> str:
    """Return a class's name without the scope it may be written with."""
    return kind.split('.')[-1] if isinstance(kind, str) else kind.__name__


def resume(cfg: Config, checkpoint: str) -> None:
    """Go on with an interrupted training.

    Args:
        cfg (Config): A complete config, changed in place. If there is nothing
            to go on from, it stays as it is.
        checkpoint (str): A checkpoint, or 'auto' for the newest one in the
            work directory that is whole.

    Raises:
        UserError: If there is no such file, a training cannot go on from it,
            or the work directory has none but damaged ones.
    """
    optimizer = _saves_optimizer(cfg)
    if checkpoint != 'auto':
        if not is_there(checkpoint):
            raise UserError(f'--resume: there is no checkpoint at '
                            f'{checkpoint}; without a path it goes on from '
                            'the newest one in the work directory.')
        content = CheckpointLoader.load_checkpoint(
            checkpoint, map_location='cpu', logger='silent')
        refuse_unresumable(content, checkpoint, optimizer)
    else:
        newest, damaged = newest_checkpoint(cfg.work_dir, optimizer)
        for sentence in damaged:
            print(f'Passed over: {sentence}')
        if newest is None and damaged:
            raise UserError(f'--resume: no checkpoint in {cfg.work_dir} is '
                            'whole: move them away, or choose another folder '
                            'with --work-dir, to start from the beginning.')
        if newest is None:
            print(f'There is no checkpoint in {cfg.work_dir} to go on from: '
                  f'the training starts from the beginning{_moved(cfg)}.')
            return
        checkpoint = str(newest)
    print(f'The training goes on from {checkpoint}.')
    cfg.resume = True
    cfg.load_from = checkpoint


def _distribute_on_cpu(cfg: Config) -> None:
    """Join the processes by gloo; mmengine's own way needs a GPU."""
    torch.distributed.init_process_group('gloo')
    cfg.setdefault(
        'model_wrapper_cfg',
        dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=cfg.get('find_unused_parameters', False)))


def _save_deltas(cfg: Config) -> None:
    """Let mmengine's checkpoint hook be the one that saves deltas."""
    hooks = dict(cfg.get('default_hooks') or {})
    hook = hooks.get('checkpoint', {})
    if hook is None:  # a run that saves nothing
        return
    if 'type' not in hook:  # mmengine's default
        hook = dict(dict(type='CheckpointHook', interval=1), **hook)
    if _type_name(hook['type']) == 'CheckpointHook':
        hooks['checkpoint'] = dict(hook, type='DeltaCheckpointHook')
        cfg.default_hooks = hooks


def build_runner(cfg: Config) -> Runner:
    """Build the runner: only what trains reaches the optimizer, and a table.

    Args:
        cfg (Config): A complete config.

    Returns:
        Runner: mmengine's runner, or the one the config names.
    """
    if cfg.launcher == 'pytorch' and not torch.cuda.is_available():
        _distribute_on_cpu(cfg)
    hooks = list(cfg.get('custom_hooks') or [])
    present = [_type_name(hook['type']) for hook in hooks]
    cfg.custom_hooks = hooks + [
        dict(type=name)
        for name in ('CheckpointGuardHook', 'FiniteLossHook',
                     'FrozenWeightsHook', 'ParameterTableHook',
                     'SharedAverageHook') if name not in present
    ]
    _save_deltas(cfg)
    if 'EpochSeedHook' not in present:  # which some recipes were tuned with
        cfg.custom_hooks.append(dict(type='RepeatableHook'))
    if not cfg.get('resume'):
        cfg.custom_hooks.append(dict(type='SetAsideHook'))
    if cfg.get('optim_wrapper'):  # some models are only tested
        cfg.optim_wrapper.setdefault('constructor', 'TrainedParamsConstructor')
    build = RUNNERS.build if 'runner_type' in cfg else Runner.from_cfg
    return check_loaders(build(cfg), cfg)


def leave_group() -> None:
    """Leave the group of processes, if there is one.

    At the end of the interpreter gloo's threads can abort a process that has
    done all its work. They end with the last that holds the group: a runner,
    which names itself through its hooks, does until it is collected.
    """
    if torch.distributed.is_initialized():
        gc.collect()
        torch.distributed.destroy_process_group()
