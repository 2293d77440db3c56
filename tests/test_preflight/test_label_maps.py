"""Label maps that are right, if unusual."""
import numpy as np
import pytest
from mmcv.transforms import LoadAnnotations
from mmengine.dataset import BaseDataset
from PIL import Image

from protune_mm.errors import UserError
from protune_mm.preflight.label_maps import check_label_maps


class Maps(BaseDataset):
    """A label map, read by mmcv's own step."""

    def __init__(self, path, labels):
        Image.fromarray(np.array([labels, labels], np.uint8)).save(path)
        self.path = str(path)
        step = LoadAnnotations(
            with_bbox=False, with_label=False, with_seg=True)
        super().__init__(pipeline=[step])

    def load_data_list(self):
        return [dict(seg_map_path=self.path)]


def check(path, labels, where='train_dataloader.dataset', ignored=(255, )):
    check_label_maps(where, Maps(path, labels), 2, set(ignored))


def test_steps_of_mmcv(tmp_path):
    check(tmp_path / 'a.png', [0, 1, 255])
    with pytest.raises(UserError, match='holds the label 7'):
        check(tmp_path / 'a.png', [0, 7])


def test_a_part_of_several_sets_may_be_background(tmp_path):
    where = 'train_dataloader.dataset.datasets.1'
    check(tmp_path / 'a.png', [0, 255], where)
    with pytest.raises(UserError, match='hold 0 and 255 alone'):
        check(tmp_path / 'a.png', [0, 255])


def test_the_ignored_label_is_the_models(tmp_path):
    check(tmp_path / 'a.png', [0, 1, 250], ignored=[250])
    with pytest.raises(UserError, match='holds the label 255'):
        check(tmp_path / 'a.png', [0, 1, 255], ignored=[250])
