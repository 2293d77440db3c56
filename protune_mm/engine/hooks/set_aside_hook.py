"""Moves the checkpoints of an earlier training out of a new one's way."""
import os
import re
import time
from pathlib import Path
from typing import Sequence, Union

from mmengine.dist import master_only
from mmengine.hooks import CheckpointHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

BEFORE = 'before_'
NAMES = ('epoch_{}.pth', 'iter_{}.pth')


def set_aside(folder: Union[str, os.PathLike],
              names: Sequence[str] = NAMES) -> None:
    """Move checkpoints to a folder inside their own.

    Args:
        folder (str | os.PathLike): Where they are; it need not exist.
        names (Sequence[str]): Templates of their names, beside those of the
            best ones. Default: those of mmengine.
    """
    patterns = [
        re.sub(r'\\\{.*?\\\}', r'\\d+', re.escape(name)) for name in names
    ]
    pattern = re.compile('|'.join([*patterns, r'best_.*\.pth']))
    old = [p for p in Path(folder).glob('*') if pattern.fullmatch(p.name)]
    if not old:
        return
    place = Path(folder, time.strftime(f'{BEFORE}%Y%m%d_%H%M%S'))
    place.mkdir(exist_ok=True)
    for path in old:
        os.replace(path, place / path.name)
    Path(folder, 'last_checkpoint').unlink(missing_ok=True)
    print(f'{folder} holds checkpoints of an earlier training: moved to '
          f'{place}. To go on from them instead, move them back and add '
          '--resume.')


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
            set_aside(folder, sorted(names))
