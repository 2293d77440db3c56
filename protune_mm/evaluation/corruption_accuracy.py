"""Accuracy by corruption and by severity."""
from typing import Any, Dict, List, Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.registry import METRICS

from protune_mm.datasets.corruption_names import EXTRA, STANDARD
from protune_mm.errors import UserError

_CORRUPTIONS = STANDARD + EXTRA


def _percent(correct: np.ndarray) -> float:
    return 100 * float(correct.mean())


@METRICS.register_module()
class CorruptionAccuracy(BaseMetric):
    """Top-1 accuracy on corrupted images, in percent.

    =========================  ============================================
    ``corruption/mean``        over all images
    ``corruption/standard``    mean over those of the 15 standard corruptions
                               that there are; left out if there is none
    ``corruption/<name>``      over the images of a corruption
    ``corruption/severity_3``  over the images of a severity
    =========================  ============================================

    The Pro-tuning paper tests on the 950,000 images of all 19 corruptions
    (tables 1 and 4), so its number is ``corruption/mean``.

    The metric reads mmpretrain's data samples: ``gt_label``, ``pred_score``
    or else ``pred_label``, and two keys that the test pipeline must keep::

        dict(type='PackInputs', meta_keys=('corruption', 'severity'))

    Args:
        collect_device (str): Where the results of all ranks are gathered,
            'cpu' or 'gpu'. Defaults to 'cpu'.
        prefix (str | None): Prefix of the names, None for 'corruption'.
            Defaults to None.
        collect_dir (str | None): Folder in which 'cpu' gathers, None for one
            of mmengine's choice. Defaults to None.
    """

    default_prefix = 'corruption'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep corruption, severity and correctness of each sample.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Samples with predictions.

        Raises:
            UserError: If a sample lacks its corruption or severity, or the
                corruption is none of the 19.
        """
        for sample in data_samples:
            corruption = sample.get('corruption')
            severity = sample.get('severity')
            if corruption not in _CORRUPTIONS or severity is None:
                raise UserError(
                    f'CorruptionAccuracy: a sample has corruption='
                    f'{corruption!r} and severity={severity!r}; use a data '
                    'set such as CIFAR10C, and end its pipeline with '
                    "dict(type='PackInputs', meta_keys=('corruption', "
                    "'severity')).")
            if 'pred_score' in sample:
                predicted = sample['pred_score'].argmax()
            else:
                predicted = sample['pred_label']
            # Numbers alone: a million results must be small to gather.
            self.results.append((_CORRUPTIONS.index(corruption), severity,
                                 int(predicted) == int(sample['gt_label'])))

    def compute_metrics(self, results: List[tuple]) -> Dict[str, float]:
        """Compute the accuracies.

        Args:
            results (list[tuple]): What :meth:`process` kept, of all ranks.

        Returns:
            dict[str, float]: Percentages by name, without the prefix.
        """
        corruptions, severities, correct = np.array(results).T
        by_name = {
            _CORRUPTIONS[i]: _percent(correct[corruptions == i])
            for i in np.unique(corruptions)
        }
        metrics = dict(mean=_percent(correct))
        standard = [by_name[name] for name in STANDARD if name in by_name]
        if standard:
            metrics['standard'] = float(np.mean(standard))
        metrics.update(by_name)
        for severity in np.unique(severities):
            metrics[f'severity_{severity}'] = _percent(
                correct[severities == severity])
        return metrics
