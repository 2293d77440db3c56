"""Tables and pictures of results."""
import cv2

from protune_mm.visualization.comparison import (comparison_picture,
                                                 comparison_table)


def result(box, mask):
    return dict(
        metrics={
            'coco/bbox_mAP': box,
            'coco/segm_mAP': mask
        },
        parameters=[['backbone', 0, 30], ['head', 10, 0], ['total', 10, 30]],
        minutes=2.)


RESULTS = {
    'Pro-tuning': [result(0.5, 0.4), result(0.6, 0.4)],
    'fine-tuning': [result(0.7, 0.6)]
}
METRICS = {'coco/bbox_mAP': 'box AP', 'coco/segm_mAP': 'mask AP'}


def test_table():
    text = comparison_table(RESULTS, METRICS)
    for cell in ('55.0 ± 7.1', '40.0 ± 0.0', '70.0', '25.0', 'box AP'):
        assert cell in text
    assert '70.0 ±' not in text


def test_picture(tmp_path):
    path = comparison_picture(RESULTS, METRICS, tmp_path / 'x.png')
    assert cv2.imread(str(path)).std() > 0
