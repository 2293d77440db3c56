"""Metrics are printed in percent, whatever the host gives."""
from protune_mm.evaluation.percent import percent


def test_percent():
    metrics = {'coco/bbox_mAP': 0.425, 'mIoU': 42.5, 'accuracy/top1': 42.5}
    assert {percent(metrics, name) for name in metrics} == {42.5}


def test_a_detector_that_finds_nothing():
    assert percent({}, 'coco/bbox_mAP') == 0
