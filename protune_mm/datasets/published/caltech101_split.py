"""Lists of training and test images of Caltech-101."""
import os
from pathlib import Path
from typing import Dict, List, Union

from mmpretrain.datasets.categories import CALTECH101_CATEGORIES
from numpy.random import RandomState

from protune_mm.errors import UserError

# Images of Caltech-101, BACKGROUND_Google's among them.
NUM_IMAGES = 9144
_SOURCE = ('unpack 101_ObjectCategories.tar.gz of '
           'https://data.caltech.edu/records/mzrjq-6wc02 afresh')


def split_caltech101(data_root: Union[str, Path],
                     seed: int = 0,
                     num_train: int = 30) -> Dict[str, int]:
    """Write ``meta/train.txt`` and ``meta/test.txt`` of Caltech-101.

    Caltech-101 has no official split. Some images of each of the 102 classes,
    drawn at random, are for training and the rest for testing: by default
    3,060 and 6,084. A line is ``Faces/image_0001.jpg 1``, as mmpretrain's
    ``Caltech101`` reads it. Lists that are there already must be the same.

    Args:
        data_root (str | Path): Folder that holds ``101_ObjectCategories``.
        seed (int): Seed of the draw, 0 to 2**32 - 1. Defaults to 0.
        num_train (int): Number of training images a class. Defaults to 30.

    Returns:
        dict[str, int]: The number of images of 'train' and 'test'.

    Raises:
        UserError: If a number is out of range, the data are incomplete, or
            other lists are there.
    """
    if not 0 <= seed < 2**32:
        raise UserError(f'seed={seed} is out of range; give 0 to 2**32 - 1.')
    images = _find_images(Path(data_root, '101_ObjectCategories'))
    smallest = min(map(len, images.values()))
    if not 0 < num_train < smallest:
        raise UserError(f'num_train={num_train} is out of range; give 1 to '
                        f'{smallest - 1}, since a class has {smallest} images '
                        'and some must be left to test on.')
    rng = RandomState(seed)
    lines = dict(train=[], test=[])
    for label, (name, files) in enumerate(images.items()):
        chosen = set(rng.permutation(len(files))[:num_train])
        for i, file in enumerate(files):
            lines['train' if i in chosen else 'test'].append(
                f'{name}/{file} {label}\n')
    _write({
        Path(data_root, 'meta', f'{split}.txt'): ''.join(these)
        for split, these in lines.items()
    })
    return {split: len(these) for split, these in lines.items()}


def _find_images(folder: Path) -> Dict[str, List[str]]:
    """List the images of each class, in mmpretrain's order of classes."""
    if not folder.is_dir():
        raise UserError(f'"{folder}" is missing; {_SOURCE}.')
    found = {path.name for path in folder.iterdir() if path.is_dir()}
    wrong = sorted(found.symmetric_difference(CALTECH101_CATEGORIES))
    if wrong:
        raise UserError(f'"{folder}" does not hold the 102 classes of '
                        f'Caltech-101: {wrong[0]} is missing or not one of '
                        f'them; {_SOURCE}.')
    # BACKGROUND_Google also holds a file that is no image.
    images = {
        name: sorted(path.name for path in (folder / name).glob('*.jpg'))
        for name in CALTECH101_CATEGORIES
    }
    total = sum(map(len, images.values()))
    if total != NUM_IMAGES:
        raise UserError(f'"{folder}" holds {total} images, not {NUM_IMAGES}; '
                        f'{_SOURCE}.')
    return images


def _write(texts: Dict[Path, str]) -> None:
    """Write files that are not there; a file that is there is complete."""
    missing = {}
    for path, text in texts.items():
        if not path.exists():
            missing[path] = text
        elif path.read_text() != text:
            raise UserError(f'"{path}" holds another split of Caltech-101; '
                            'keep it, or delete it to make this one.')
    for path, text in missing.items():
        path.parent.mkdir(exist_ok=True)
        partial = path.with_suffix('.part')
        partial.write_text(text)
        os.replace(partial, path)
