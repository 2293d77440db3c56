"""Batches that losses accept."""
import pytest
import torch
from mmengine.config import Config
from torch import nn

from protune_mm.costs import build_arm
from protune_mm.costs.step import model_loss, tensors_in
from protune_mm.costs.synthetic import full_sampling, synthetic_batch
from protune_mm.errors import UserError
from tests.slim_configs import DEMO, HOSTS, HTC, classifier, read

CONFIGS = [
    *HOSTS.values(), DEMO / 'cascade_mask_rcnn_protune_r18_digits.py',
    DEMO / 'fcn_protune_r18_digits.py'
]


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_losses(path):
    cfg = read(path)
    model = build_arm(cfg)
    size = (64, 64) if 'vit' in path.stem else (64, 96)
    batch = synthetic_batch(cfg, model, 2, size)
    assert batch['inputs'].shape == (2, 3, *size)
    assert len(batch['data_samples']) == 2
    again = synthetic_batch(cfg, model, 2, size)['inputs']
    assert torch.equal(batch['inputs'], again)
    with full_sampling(model):
        loss = model_loss(model, batch)
    assert loss.isfinite() and loss.requires_grad


def test_a_detector_of_one_class():
    cfg = read(HTC)
    for head in [*cfg.model.roi_head.bbox_head, *cfg.model.roi_head.mask_head]:
        head.num_classes = 1
    model = build_arm(cfg)
    batch = synthetic_batch(cfg, model, 1, (64, 64))
    assert batch['data_samples'][0].gt_instances.labels.max() == 0
    assert model_loss(model, batch).isfinite()


def test_labels_of_all_classes():
    cfg = classifier()
    batch = synthetic_batch(cfg, build_arm(cfg), 200, (8, 8))
    labels = {int(x.gt_label) for x in batch['data_samples']}
    assert min(labels) == 0 and max(labels) == 25


def test_other_models():
    with pytest.raises(UserError, match='Linear is neither of mmdet nor'):
        synthetic_batch(Config(), nn.Linear(1, 1), 1, (8, 8))


def test_samplers_are_full():
    cfg = read(HTC)
    torch.manual_seed(2)  # by which regression with random weights loses some
    model = build_arm(cfg)
    batch = synthetic_batch(cfg, model, 2, (96, 96))
    seen = []

    def note(module, inputs, output):
        seen.append(len(tensors_in(output)[0]))

    for heads in (model.roi_head.bbox_head, model.roi_head.mask_head):
        for head in heads:
            head.register_forward_hook(note)
    for share, boxes, objects in ((1., 64, 32), (.5, 32, 16)):
        seen.clear()
        with full_sampling(model, share) as part:
            model_loss(model, batch)
        assert part == share
        assert set(seen) == {boxes, objects}
    assert [s.num for s in model.roi_head.bbox_sampler] == [32] * 3
    assert 'loss' not in vars(model.roi_head)
