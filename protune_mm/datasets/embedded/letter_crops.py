"""Printed letters on photographs, for pre-training a small backbone."""
import string
from functools import lru_cache
from pathlib import Path
from typing import List

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS
from PIL import Image, ImageDraw, ImageFont

from protune_mm.limits import check_least
from .photographs import paste_shape, pose_shape, random_background

# Of the fonts that matplotlib ships, those that hold the Latin letters.
FONTS = ('DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSans-BoldOblique',
         'DejaVuSans-Oblique', 'DejaVuSansMono', 'DejaVuSansMono-Bold',
         'DejaVuSansMono-BoldOblique', 'DejaVuSansMono-Oblique', 'DejaVuSerif',
         'DejaVuSerif-Bold', 'DejaVuSerif-BoldItalic', 'DejaVuSerif-Italic',
         'STIXGeneral', 'STIXGeneralBol', 'STIXGeneralBolIta',
         'STIXGeneralItalic', 'cmb10', 'cmr10', 'cmss10', 'cmtt10')


@lru_cache(maxsize=None)
def _letter_shape(font: str, letter: str) -> Image.Image:
    """Draw a letter 64 px high: larger than most, scaled down when used."""
    import matplotlib
    path = Path(matplotlib.get_data_path(), 'fonts', 'ttf', f'{font}.ttf')
    canvas = Image.new('L', (192, 192))
    ImageDraw.Draw(canvas).text((96, 96),
                                letter,
                                fill=255,
                                font=ImageFont.truetype(str(path), 88),
                                anchor='mm')
    return canvas.crop(canvas.getbbox())


@DATASETS.register_module()
class LetterCrops(BaseDataset):
    """Classification of single printed letters, rendered on the fly.

    An upper- or lower-case letter in one of twenty fonts, of random size,
    place, colour and tilt, lies on a random crop of a photograph. The case
    does not count: there are 26 classes, and no digit among them, so that a
    backbone trained here has never seen the digits it is tuned on later.

    An item depends on ``seed`` and its index alone, so neither the order of
    access nor the number of workers changes it.

    Args:
        length (int): Number of images. Defaults to 20000.
        size (int): Side of an image in pixels, at least 16. Defaults to 64.
        seed (int): Seed of the rendering, not negative. Defaults to 0.
        **kwargs: Other arguments of :class:`mmengine.dataset.BaseDataset`,
            such as ``pipeline`` and ``test_mode``.

    Raises:
        UserError: If ``length``, ``size`` or ``seed`` is out of range.
    """

    METAINFO = dict(classes=tuple(string.ascii_uppercase))

    def __init__(self,
                 length: int = 20000,
                 size: int = 64,
                 seed: int = 0,
                 **kwargs) -> None:
        check_least(
            'LetterCrops', length=(length, 1), size=(size, 16), seed=(seed, 0))
        self.length = length
        self.size = size
        self.seed = seed
        super().__init__(**kwargs)

    def load_data_list(self) -> List[dict]:
        """List the images, each with its class.

        Returns:
            list[dict]: Items with ``index`` and ``gt_label``.
        """
        return [dict(index=i, gt_label=i % 26) for i in range(self.length)]

    def get_data_info(self, idx: int) -> dict:
        """Get an item and its rendered image.

        Args:
            idx (int): Index of the item.

        Returns:
            dict: The item with ``img``, BGR of shape ``(size, size, 3)``,
            uint8, and ``img_shape`` and ``ori_shape``, both
            ``(size, size)``.
        """
        info = super().get_data_info(idx)
        info['img'] = self._render(info['index'], info['gt_label'])
        info['img_shape'] = info['ori_shape'] = (self.size, self.size)
        return info

    def _render(self, index: int, label: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, index))
        image = random_background(rng, self.size)
        cases = (string.ascii_uppercase, string.ascii_lowercase)
        letter = cases[rng.integers(2)][label]
        shape = _letter_shape(FONTS[rng.integers(len(FONTS))], letter)
        paste_shape(rng, image, *pose_shape(rng, shape, self.size))
        return np.ascontiguousarray(image[..., ::-1])
