"""The picture of what a classifier says."""
import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from protune_mm.engine.whole_model import build_model
from protune_mm.visualization.classification_picture import \
    classification_picture
from protune_mm.visualization.pictures import predict_first, write_sheet
from tests.slim_configs import DEMO, read

CLASSIFIER = DEMO / 'classifier_protune_r18_digits.py'


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    """A config, a model of it and the file with the model's weights."""
    cfg = read(CLASSIFIER)
    model = build_model(cfg).eval()
    file = tmp_path_factory.mktemp('classifier') / 'x.pth'
    torch.save(model.state_dict(), file)
    return cfg, model, str(file)


def test_picture(saved, tmp_path):
    cfg, _, file = saved
    path = classification_picture(cfg, file, tmp_path / 'x.png', number=4)
    picture = cv2.imread(str(path))
    assert picture.shape == (256, 1024, 3) and picture.std() > 0


def test_the_model_sees_what_it_was_trained_on(saved):
    """Inputs are normalised, and the picture is RGB."""
    cfg, model, file = saved
    (image, sample, meta), = predict_first(cfg, file, 1)
    assert image.shape == (64, 64, 3) and 'seven' in meta['classes']
    pixels = (image - np.array(cfg.data_preprocessor.mean)) / np.array(
        cfg.data_preprocessor.std)
    inputs = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    with DefaultScope.overwrite_default_scope('mmpretrain'), torch.no_grad():
        scores = model(inputs).softmax(1)[0]
    assert torch.allclose(sample.pred_score, scores, atol=1e-5)


@pytest.mark.parametrize('number, columns, shape', [
    (1, 2, (4, 6, 3)),
    (2, 2, (4, 12, 3)),
    (5, 2, (8, 12, 3)),
    (8, 4, (8, 24, 3)),
    (3, 4, (4, 18, 3)),
])
def test_columns_of_one_length(number, columns, shape, tmp_path):
    pictures = [np.full((4, 6, 3), i, np.uint8) for i in range(number)]
    sheet = cv2.imread(str(write_sheet(pictures, tmp_path / 'x.png', columns)))
    assert sheet.shape == shape
