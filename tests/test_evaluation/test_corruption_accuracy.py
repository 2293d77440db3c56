"""Tests of the accuracy by corruption and severity."""
import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel
from mmengine.registry import METRICS, DefaultScope
from mmengine.runner import Runner
from mmpretrain.structures import DataSample

from protune_mm.datasets.embedded.corrupt_images import RECIPES, make_corrupted
from protune_mm.datasets.published.corruptions import CorruptedDataset
from protune_mm.errors import UserError
from protune_mm.evaluation.corruption_accuracy import CorruptionAccuracy

# Corruption, severity, and which of its images are classified correctly.
TABLE = [('fog', 1, [1, 1, 1, 1]), ('fog', 3, [1, 0, 0, 1]),
         ('snow', 1, [0, 0]), ('spatter', 3, [1, 0, 0, 0, 0, 0])]
ANSWERS = {
    'corruption/mean': 100 * 7 / 16,
    'corruption/standard': (75 + 0) / 2,
    'corruption/snow': 0,
    'corruption/fog': 75,
    'corruption/spatter': 100 / 6,
    'corruption/severity_1': 100 * 4 / 6,
    'corruption/severity_3': 30,
}
PIPELINE = [
    dict(type='Resize', scale=32),
    dict(type='PackInputs', meta_keys=('corruption', 'severity'))
]


class Eights(CorruptedDataset):
    METAINFO = dict(classes=('zero', 'one', 'two', 'three'))
    CORRUPTIONS = tuple(RECIPES)
    IMAGES_PER_SEVERITY = 8


def samples(table, scores: bool) -> list:
    """Predict class 2 where right and class 0 where wrong."""
    result = []
    for corruption, severity, row in table:
        for correct in row:
            sample = DataSample(
                metainfo=dict(corruption=corruption, severity=severity))
            sample.set_gt_label(2)
            label = 2 if correct else 0
            if scores:
                sample.set_pred_score(torch.eye(4)[label])
            else:
                sample.set_pred_label(label)
            result.append(sample)
    return result


def evaluate(data_samples, **kwargs) -> dict:
    evaluator = Evaluator(
        METRICS.build(dict(type='CorruptionAccuracy', **kwargs)))
    for start in range(0, len(data_samples), 5):
        evaluator.process(data_samples[start:start + 5])
    return evaluator.evaluate(len(data_samples))


@pytest.mark.parametrize('scores', [True, False])
def test_table_computed_by_hand(scores):
    metrics = evaluate(samples(TABLE, scores))
    assert list(metrics) == list(ANSWERS)
    np.testing.assert_allclose(
        list(metrics.values()), list(ANSWERS.values()), rtol=1e-12)
    assert all(type(value) is float for value in metrics.values())


def test_standard_is_left_out_without_standard_corruptions():
    metrics = evaluate(samples(TABLE[-1:], True), prefix='other')
    assert list(metrics) == ['other/mean', 'other/spatter', 'other/severity_3']


def test_results_are_small():
    metric = CorruptionAccuracy()
    metric.process(None, [sample.to_dict() for sample in samples(TABLE, True)])
    assert len(metric.results) == 16
    assert {type(x) for result in metric.results for x in result} \
        <= {int, bool}


def test_runner_tests_a_model(tmp_path):
    """A constant answer is right for the digits of its class alone."""

    class Constant(BaseModel):

        def forward(self, inputs, data_samples, mode):
            return [sample.set_pred_label(3) for sample in data_samples]

    images = np.zeros((8, 16, 16, 3), np.uint8)
    make_corrupted(images, [3, 1, 3, 3, 2, 3, 3, 0], tmp_path / 'set')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        dataset = Eights(str(tmp_path / 'set'), pipeline=PIPELINE)
    runner = Runner(
        Constant(),
        str(tmp_path),
        test_dataloader=dict(
            dataset=dataset,
            batch_size=16,
            num_workers=2,
            sampler=dict(type='DefaultSampler', shuffle=False)),
        test_cfg=dict(),
        test_evaluator=dict(type='CorruptionAccuracy'))
    metrics = runner.test()
    assert len(metrics) == 1 + 1 + 10 + 5
    assert set(metrics.values()) == {62.5}


@pytest.mark.parametrize('metainfo, message', [
    (dict(), 'corruption=None and severity=None'),
    (dict(corruption='fog'), "corruption='fog' and severity=None"),
    (dict(corruption='rain', severity=1), "corruption='rain' and severity=1"),
])
def test_sample_without_its_corruption_is_refused(metainfo, message):
    sample = DataSample(metainfo=metainfo).set_gt_label(1).set_pred_label(1)
    with pytest.raises(UserError, match=message) as caught:
        evaluate([sample])
    assert ("dict(type='PackInputs', meta_keys=('corruption', 'severity'))"
            in str(caught.value))
