"""Moves the checkpoints of an earlier training out of a new one's way."""
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Dict, Sequence, Union

from mmengine.dist import master_only
from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from protune_mm.tuning.delta import tuned_parts

BEFORE = 'before_'
NAMES = ('epoch_{}.pth', 'iter_{}.pth')


def set_aside(folder: Union[str, os.PathLike],
              names: Sequence[str] = NAMES) -> Dict[str, str]:
    """Move checkpoints to a folder inside their own.

    Args:
        folder (str | os.PathLike): Where they are; it need not exist.
        names (Sequence[str]): Templates of their names, beside those of the
            best ones. Default: those of mmengine.

    Returns:
        dict[str, str]: Where they are now, by where they were.
    """
    patterns = [
        re.sub(r'\\\{.*?\\\}', r'\\d+', re.escape(name)) for name in names
    ]
    pattern = re.compile('|'.join([*patterns, r'best_.*\.pth']))
    old = [p for p in Path(folder).glob('*') if pattern.fullmatch(p.name)]
    if not old:
        return {}
    place = Path(folder, time.strftime(f'{BEFORE}%Y%m%d_%H%M%S'))
    place.mkdir(exist_ok=True)
    for path in old:
        os.replace(path, place / path.name)
    Path(folder, 'last_checkpoint').unlink(missing_ok=True)
    print(f'{folder} holds checkpoints of an earlier training: moved to '
          f'{place}. To go on from them instead, move them back and add '
          '--resume.')
    return {
        os.path.abspath(path): os.path.abspath(place / path.name)
        for path in old
    }


def follow(model: nn.Module, moved: Dict[str, str]) -> None:
    """Let deltas name the base that they stand on where it is now.

    Args:
        model (nn.Module): A model that was loaded from files.
        moved (dict[str, str]): As :func:`set_aside` returns it.
    """
    for part in tuned_parts(model).values():
        base = getattr(part, 'base', None)
        source = (base and base.source) or {}
        place = moved.get(os.path.abspath(source.get('checkpoint') or ''))
        if place:
            part.base = replace(base, source=dict(source, checkpoint=place))


@HOOKS.register_module()
class SetAsideHook(Hook):
    """Move the checkpoints of an earlier training out of a new one's way.

    When a training really begins: what it starts from has been loaded, be it
    one of them, and whatever could be refused has been. Our tools add it
    unless a training goes on.
    """

    priority = 'LOWEST'  # the checkpoint hook knows its folder by then

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Move what lies where checkpoints will be saved.

        Args:
            runner (Runner): The runner that begins to train.
        """
        places = {str(runner.work_dir): set(NAMES)}
        for hook in runner.hooks:
            if isinstance(hook, CheckpointHook):
                places.setdefault(str(hook.out_dir),
                                  set(NAMES)).add(hook.filename_tmpl)
        for folder, names in places.items():
            follow(runner.model, set_aside(folder, sorted(names)))
