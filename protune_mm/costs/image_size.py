"""The size of the images that a config trains on, without its data."""
from typing import Any, Iterator, Optional, Sequence, Tuple

from mmengine.config import Config

from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import find_datasets, host_of, step_name

# (height, width)
Size = Tuple[int, int]
CROPS = ('RandomCrop', 'CenterCrop')


def _flat(steps: Sequence[Any]) -> Iterator[Any]:
    """Yield steps of a pipeline; of a choice of pipelines, all of them."""
    for step in steps:
        inner = step.get('transforms') if isinstance(step, dict) else None
        for branch in inner or ():
            yield from _flat(branch if isinstance(branch, list) else [branch])
        if not inner:
            yield step


def _pair(value: Any) -> Size:
    """Read a size that mm's configs write, of two numbers width first."""
    if isinstance(value, (int, float)):
        return int(value), int(value)
    width, height = value
    return int(height), int(width)


def _scaled(step: dict) -> Optional[Size]:
    """Return the largest size that a resizing step gives to images."""
    scale = step.get('scale') or step.get('scales') or step.get('img_scale')
    if scale is None:
        return None
    many = isinstance(scale, list) and isinstance(scale[0], (list, tuple))
    sizes = [_pair(item) for item in (scale if many else [scale])]
    if step.get('keep_ratio'):  # long and short edge; most images are wide
        sizes = [tuple(sorted(size)) for size in sizes]
    height, width = max(sizes, key=lambda size: size[0] * size[1])
    factor = max(step.get('ratio_range') or [1.])
    return int(height * factor), int(width * factor)


def _crop(step: dict, host: str) -> Size:
    """Read the size of a crop; mmseg and mmpretrain write its height first."""
    kind = str(step['type'])  # a class, or its name, which may have a scope
    of_mmdet = 'mmdet' in (kind if '.' in kind else host)
    size = _pair(step['crop_size'])
    # A crop in the middle is mmcv's.
    wide = of_mmdet or step_name(step) == 'CenterCrop'
    return size if wide else size[::-1]


def _size_after(steps: Sequence[Any], host: str) -> Optional[Size]:
    """Return the largest images that leave a pipeline, if it says so."""
    size, choice = None, None
    for step in filter(lambda step: isinstance(step, dict), _flat(steps)):
        name = step_name(step)
        if name in CROPS:
            crop = _crop(step, host)
            if max(crop) > 1:  # not a share of the image
                size = crop if size is None else tuple(map(min, size, crop))
        elif name == 'Pad' and step.get('size'):
            size = _pair(step['size'])
        elif 'Resize' in name:
            new = _scaled(step)
            # Steps of one kind in a row are branches of a choice.
            if new and choice == name and size:
                new = max(size, new, key=lambda size: size[0] * size[1])
            size = new or size
        choice = name
    return size


def _preprocessor(cfg: Config) -> dict:
    return (cfg.model.get('data_preprocessor') or cfg.get('data_preprocessor')
            or {})


def padding_divisor(cfg: Config) -> int:
    """Return what the sizes of a batch are padded to multiples of.

    Args:
        cfg (Config): A complete config.

    Returns:
        int: 1 if they are not padded.
    """
    return _preprocessor(cfg).get('pad_size_divisor') or 1


def image_size(cfg: Config,
               given: Optional[Size] = None,
               loader: str = 'train_dataloader') -> Size:
    """Find the size of the images of a batch.

    Args:
        cfg (Config): A complete config.
        given (tuple[int, int], optional): Height and width that the user
            wants instead. Default: None.
        loader (str): Which batch. Default: 'train_dataloader'.

    Returns:
        tuple[int, int]: Height and width in pixels, padded as the model pads
        them; the largest if they vary.

    Raises:
        UserError: If the config does not say.
    """
    padded = _preprocessor(cfg).get('size')  # mmseg's batches for training
    size = given or (padded if loader == 'train_dataloader' else None)
    if size is None:
        for _, dataset in find_datasets(cfg, [loader]):
            size = _size_after(dataset.get('pipeline') or [], host_of(cfg))
            size = size or (dataset.get('size') and _pair(dataset['size']))
            break
    size = size or padded or cfg.model.get('backbone', {}).get('img_size')
    if size is None:
        raise UserError(f'The steps of {loader}.dataset.pipeline do not say '
                        'how large images become: give --size HEIGHT WIDTH.')
    size = (size, size) if isinstance(size, int) else tuple(size)
    if min(size) < 1:
        raise UserError(f'--size {size[0]} {size[1]} is too small: give the '
                        'height and width of images in pixels.')
    divisor = padding_divisor(cfg)
    return tuple(-(-edge // divisor) * divisor for edge in size)


def batch_size(cfg: Config, given: Optional[int] = None) -> int:
    """Find how many images a step takes.

    Args:
        cfg (Config): A complete config.
        given (int, optional): What the user wants instead. Default: None.

    Returns:
        int: Images of one process.

    Raises:
        UserError: If it is less than 1, or the config does not say.
    """
    loader = cfg.get('train_dataloader') or {}
    number = loader.get('batch_size') if given is None else given
    if number is None:
        sampler = loader.get('batch_sampler') or {}
        number = sampler.get('batch_size')
    if number is None:
        raise UserError('The config has no train_dataloader.batch_size: give '
                        '--batch N.')
    if number < 1:
        raise UserError(f'--batch {number} is too small: give 1 or more.')
    return number
