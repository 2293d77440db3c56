"""Data samples of every host as JSON."""
import base64
import json

import cv2
import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData, PixelData
from mmpretrain.structures import DataSample
from mmseg.structures import SegDataSample
from pycocotools import mask as coco_mask

from protune_mm.serving.answers import answer_of


def detection(**more):
    return DetDataSample(
        pred_instances=InstanceData(
            bboxes=torch.tensor([[0, 1, 2, 3], [4, 5, 6, 7.5]]),
            scores=torch.tensor([0.25, 0.5]),
            labels=torch.tensor([0, 1]),
            **more))


def segmentation(labels):
    data = PixelData(data=torch.tensor(labels)[None])
    return SegDataSample(pred_sem_seg=data)


def as_client(*args):
    """What arrives."""
    return json.loads(json.dumps(answer_of(*args), allow_nan=False))


def test_detection():
    assert as_client(detection(), ['cat', 'dog']) == dict(
        kind='detection',
        boxes=[[4, 5, 6, 7.5]],
        scores=[0.5],
        labels=[1],
        classes=['dog'])
    assert as_client(detection(), ['cat'], 0.25)['classes'] == ['cat', '1']
    none = as_client(detection(), ['cat', 'dog'], 0.6)
    assert none['boxes'] == none['scores'] == none['classes'] == []


@pytest.mark.parametrize('kind', [torch.tensor, np.asarray])
def test_masks(kind):
    masks = np.zeros((2, 4, 6), bool)
    masks[1, :2, 3:] = True
    answer = as_client(detection(masks=kind(masks)), ['cat', 'dog'], 0)
    assert [rle['size'] for rle in answer['masks']] == [[4, 6]] * 2
    found = [coco_mask.decode(rle) for rle in answer['masks']]
    assert np.array_equal(np.stack(found).astype(bool), masks)


@pytest.mark.parametrize('largest, kind', [(2, np.uint8), (255, np.uint8),
                                           (256, np.uint16)])
def test_segmentation(largest, kind):
    labels = [[0, 0, 0], [0, largest, largest]]
    answer = as_client(segmentation(labels), ['sky', 'road', 'car'])
    data = np.frombuffer(base64.b64decode(answer['label_map']), np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    assert found.dtype == kind and found.tolist() == labels
    name = 'car' if largest == 2 else str(largest)
    assert answer['shares'] == {'sky': 4 / 6, name: 2 / 6}
    assert (answer['height'], answer['width']) == (2, 3)
    assert answer['classes'] == ['sky', 'road', 'car']


def test_classification():
    scores = torch.tensor([0.125, 0.5, 0, 0, 0.25, 0.0625, 0.03125])
    answer = as_client(DataSample().set_pred_score(scores), list('abcdefg'))
    assert (answer['label'], answer['class']) == (1, 'b')
    assert answer['top'][:2] == [{
        'label': 1,
        'class': 'b',
        'score': 0.5
    }, {
        'label': 4,
        'class': 'e',
        'score': 0.25
    }]
    assert len(answer['top']) == 5
    two = as_client(DataSample().set_pred_score(scores[:2]))
    assert [row['class'] for row in two['top']] == ['1', '0']


def test_something_else():
    with pytest.raises(TypeError, match='DataSample with .* is no detection'):
        answer_of(DataSample())
