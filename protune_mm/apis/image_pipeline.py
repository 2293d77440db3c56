"""From an image to what a model takes."""
import os
from typing import Union

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate

from protune_mm.errors import UserError

Image = Union[str, os.PathLike, np.ndarray]


def test_dataset(cfg: Config) -> dict:
    """Return the innermost test set of a config.

    Args:
        cfg (Config): A complete config.

    Returns:
        dict: Its settings.

    Raises:
        UserError: If there is none with a pipeline.
    """
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    while 'dataset' in dataset or 'datasets' in dataset:
        dataset = dataset.get('dataset') or dataset['datasets'][0]
    if not dataset.get('pipeline'):
        raise UserError('The config has no test_dataloader.dataset.pipeline, '
                        'which says how images are prepared: add it.')
    return dataset


# Or pytest takes it for a test where it is imported.
test_dataset.__test__ = False


def _refuse_other_arrays(image: np.ndarray) -> None:
    if (image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3
            or not image.size):
        raise UserError(
            f'An image of shape {image.shape} and type {image.dtype} cannot '
            'be taken: give an array (H, W, 3) of uint8 in the order BGR, or '
            'the path of a file.')


class ImagePipeline:
    """The test pipeline of a config, without annotations, built once.

    Build it in the scope of the config's host; calls look nothing up.

    Args:
        cfg (Config): A complete config.

    Raises:
        UserError: If it has no test pipeline.
    """

    def __init__(self, cfg: Config) -> None:
        steps = [
            step for step in Compose(test_dataset(cfg)['pipeline']).transforms
            if 'Annotation' not in type(step).__name__
        ]
        place = next((i for i, step in enumerate(steps)
                      if type(step).__name__.startswith('Load')), None)
        if place is None:  # of data sets that draw their images
            place, self._loader = 0, LoadImageFromFile()
        else:
            self._loader = steps.pop(place)
        steps.insert(place, self._load)
        self._steps = Compose(steps)

    def _load(self, results: dict) -> dict:
        """Stand in for what loads a file: arrays are there already."""
        if 'img' not in results:
            return self._read(results)
        if getattr(self._loader, 'to_float32', False):
            results['img'] = results['img'].astype(np.float32)
        shape = results['img'].shape[:2]
        return dict(results, img_path=None, img_shape=shape, ori_shape=shape)

    def _read(self, results: dict) -> dict:
        path = results['img_path']
        if '://' not in path and not os.path.isfile(path):
            raise UserError(f'There is no image at {path}: give the path of a '
                            'file.')
        try:
            loaded = self._loader(results)
        except Exception as error:  # decoders raise all kinds
            reason = str(error).strip().split('\n')[0]
            raise UserError(f'{path} cannot be read as an image ({reason}): '
                            'give another file.') from None
        if loaded is None:  # as ignore_empty=True of a loader wants it
            raise UserError(f'{path} cannot be read as an image: give another '
                            'file.')
        return loaded

    def __call__(self, image: Image) -> dict:
        """Prepare an image.

        Args:
            image (str | os.PathLike | np.ndarray): A path, a URL, or an array
                ``(H, W, 3)`` of uint8 in BGR.

        Returns:
            dict: A batch of one, for ``test_step`` of a model.

        Raises:
            UserError: If it is no image.
        """
        if isinstance(image, np.ndarray):
            _refuse_other_arrays(image)
            results = dict(img=image)
        elif isinstance(image, (str, os.PathLike)):
            results = dict(img_path=os.fspath(image))
        else:
            raise UserError(f'A {type(image).__name__} is no image: give a '
                            'path, or an array (H, W, 3) in the order BGR.')
        # mmdet's pipelines want a number of the image.
        return pseudo_collate([self._steps(dict(results, img_id=0))])
