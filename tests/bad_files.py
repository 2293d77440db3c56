"""Files that are not the checkpoints they seem to be."""
import os
import pickle
import shutil
from pathlib import Path

import torch


class Command:
    """Runs a command of the shell where it is unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command, )


def with_code(good, path, form, canary):
    """Write a checkpoint that makes a file when it is unpickled."""
    command = Command(f'touch {canary}')
    if form == 'pickle':
        path.write_bytes(pickle.dumps(command))
    else:
        torch.save({
            **torch.load(good, weights_only=False), 'more': command
        },
                   path,
                   _use_new_zipfile_serialization=form == 'zip')
    return path


def _half(good, path):
    content = Path(good).read_bytes()
    path.write_bytes(content[:len(content) // 2])


def _nan(good, path):
    checkpoint = torch.load(good, weights_only=False)
    next(iter(checkpoint['state_dict'].values())).view(-1)[0] = float('nan')
    torch.save(checkpoint, path)


# How each is made of a good file, and what is said of it.
BAD_FILES = {
    'truncated': (_half, 'is damaged or cut short'),
    'one byte': (lambda good, path: path.write_bytes(b'P'), 'is text that'),
    'noise':
    (lambda good, path: path.write_bytes(bytes(range(255, 0, -1)) * 9),
     'is damaged or cut short'),
    'zero bytes': (lambda good, path: path.touch(), 'is empty (0 bytes)'),
    'web page': (lambda good, path: path.write_text(
        '<!DOCTYPE html>\n<html>Übersicht</html>'),
                 'is text that begins with "<!DOCTYPE html>"'),
    'git lfs': (lambda good, path: path.write_text(
        'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
                'is a Git LFS pointer'),
    'list': (lambda good, path: torch.save([torch.ones(1)], path),
             'holds a list, not the named weights'),
    'tensor': (lambda good, path: torch.save(torch.ones(1), path),
               'holds a Tensor, not the named weights'),
    'no weights':
    (lambda good, path: torch.save(dict(epoch=1), path), 'holds no weights'),
    'a module': (lambda good, path: torch.save(torch.nn.Linear(1, 1), path),
                 'holds torch.nn.modules.linear.Linear, which can run code'),
    'another zip': (lambda good, path: shutil.move(
        shutil.make_archive(path, 'zip', path.parent, 'none'), path),
                    'is damaged or cut short'),
    'NaN': (_nan, 'holds NaN or infinite values in state_dict.'),
}


def write_bad(kind, good, folder):
    """Write a bad file and return its path."""
    path = folder / 'bad.pth'
    (folder / 'none').mkdir(exist_ok=True)
    BAD_FILES[kind][0](good, path)
    return path
