"""What is exported computes what the host predicts."""
import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.export.onnx_file import random_images
from protune_mm.export.traced import Normalised, traced
from tests.export_case import acting
from tests.slim_configs import UPERNET, classifier, read


@pytest.mark.parametrize('scope, flip', [('mmpretrain', 'to_rgb'),
                                         ('mmseg', 'bgr_to_rgb')])
def test_values_are_those_of_the_preprocessor(scope, flip):
    cfg = classifier() if scope == 'mmpretrain' else read(UPERNET)
    kind = dict(mmpretrain='ClsDataPreprocessor', mmseg='SegDataPreProcessor')
    cfg.model.data_preprocessor = dict(
        type=kind[scope],
        mean=[1., 20., 50.],
        std=[3., 4., 5.],
        **{flip: True})
    preprocessor = acting(cfg).data_preprocessor
    images = random_images(2, (8, 6))
    expected = preprocessor(dict(inputs=images))['inputs']
    assert Normalised(preprocessor)(images).equal(expected)


@pytest.mark.parametrize(
    'cfg', [classifier(), read(UPERNET)], ids=['classifier', 'segmentor'])
def test_it_predicts_as_the_host(cfg):
    model = acting(cfg)
    exported, images = traced(model), random_images(2, (64, 96))
    with torch.no_grad():
        expected = exported.predict(model, images)
        torch.testing.assert_close(
            exported(images), expected, atol=1e-5, rtol=1e-4)
        prompts = model.backbone.prompts
        for name, value in prompts.named_parameters():
            if name.endswith('beta'):
                value.zero_()
        without = exported.predict(model, images)
    # Else the prompts would not be seen to be part of it.
    assert (without - expected).abs().max() > 1e-3


def test_other_models_are_refused():
    with pytest.raises(UserError, match='A Linear cannot be exported'):
        traced(nn.Linear(1, 1))


def test_scores_of_several_labels_are_refused():
    cfg = classifier()
    cfg.model.head.type = 'MultiLabelLinearClsHead'
    cfg.model.head.pop('loss', None)
    cfg.model.head.pop('topk', None)
    with pytest.raises(UserError, match='MultiLabelLinearClsHead cannot be'):
        traced(acting(cfg))
