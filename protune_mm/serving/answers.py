"""Predictions as JSON."""
import base64
from typing import Any, Dict, List, Sequence

import cv2
import numpy as np
import torch
from pycocotools import mask as coco_mask

TOP = 5  # classes that a classifier's answer lists


def _class_names(labels: Sequence[int], classes: Sequence[str]) -> List[str]:
    """Name labels; by their numbers where names are unknown."""
    return [
        str(classes[i]) if 0 <= i < len(classes) else str(i) for i in labels
    ]


def _rle(mask: np.ndarray) -> Dict[str, Any]:
    """Encode a mask as COCO does, with text in place of bytes."""
    found = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return dict(size=found['size'], counts=found['counts'].decode('ascii'))


def _detection(found: Any, classes: Sequence[str],
               score: float) -> Dict[str, Any]:
    found = found.cpu()
    found = found[found.scores >= score]
    labels = found.labels.tolist()
    answer = dict(
        boxes=found.bboxes.tolist(),
        scores=found.scores.tolist(),
        labels=labels,
        classes=_class_names(labels, classes))
    if 'masks' in found:
        answer['masks'] = [_rle(mask) for mask in np.asarray(found.masks)]
    return answer


def _segmentation(found: torch.Tensor,
                  classes: Sequence[str]) -> Dict[str, Any]:
    labels = found.squeeze(0).cpu().numpy()
    kind = np.uint8 if labels.max() < 2**8 else np.uint16
    png = cv2.imencode('.png', labels.astype(kind))[1]
    present, numbers = np.unique(labels, return_counts=True)
    names = _class_names(present.tolist(), classes)
    return dict(
        height=labels.shape[0],
        width=labels.shape[1],
        label_map=base64.b64encode(png).decode('ascii'),
        classes=[str(name) for name in classes],
        shares=dict(zip(names, (numbers / labels.size).tolist())))


def _classification(scores: torch.Tensor,
                    classes: Sequence[str]) -> Dict[str, Any]:
    values, order = scores.cpu().topk(min(TOP, len(scores)))
    labels = order.tolist()
    names = _class_names(labels, classes)
    return dict(
        label=labels[0],
        **{'class': names[0]},
        top=[{
            'label': label,
            'class': name,
            'score': value
        } for label, name, value in zip(labels, names, values.tolist())])


def answer_of(sample: Any,
              classes: Sequence[str] = (),
              score: float = 0.3) -> Dict[str, Any]:
    """Say what a data sample predicts, as plain values.

    Args:
        sample (BaseDataElement): A prediction of any host.
        classes (Sequence[str]): Names of the classes. Default: none.
        score (float): The least score of a detection. Default: 0.3.

    Returns:
        dict: What :mod:`json` takes.

    Raises:
        TypeError: If it predicts none of these.
    """
    if 'pred_sem_seg' in sample:
        return dict(
            kind='segmentation',
            **_segmentation(sample.pred_sem_seg.data, classes))
    if 'pred_instances' in sample:
        return dict(
            kind='detection',
            **_detection(sample.pred_instances, classes, score))
    if 'pred_score' in sample:
        return dict(
            kind='classification',
            **_classification(sample.pred_score, classes))
    raise TypeError(f'A {type(sample).__name__} with {sample.keys()} is no '
                    'detection, segmentation or classification.')
