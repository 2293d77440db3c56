"""A pro-tuned classifier that the tools train in seconds."""
import torch
from mmengine.registry import MODELS, DefaultScope

from tests.small_training import small_config

BACKBONE = dict(
    type='ProTuneResNet', depth=18, stem_channels=8, base_channels=8)


def write_config(folder):
    """Write a config and the weights it starts from.

    Args:
        folder (Path): Where both go.

    Returns:
        tuple[Path, Path]: The config; the weights, of a whole classifier.
    """
    cfg = small_config(folder / 'run')
    weights = folder / 'weights.pth'
    cfg.model = dict(
        type='ImageClassifier',
        backbone=dict(
            init_cfg=dict(
                type='Pretrained', checkpoint=str(weights), prefix='backbone'),
            **BACKBONE),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=26, in_channels=64))
    cfg.train_dataloader.dataset.pipeline = [dict(type='PackInputs')]
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.param_scheduler = dict(
        type='OneCycleLR', eta_max=0.1, total_steps=9, by_epoch=False)
    cfg.test_dataloader = cfg.val_dataloader
    cfg.test_evaluator = cfg.val_evaluator
    cfg.test_cfg = dict()
    cfg.pop('work_dir')
    cfg.dump(folder / 'small.py')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        stock = cfg.model.backbone.copy()
        stock.update(type='ResNet', init_cfg=None)
        state = MODELS.build(dict(cfg.model, backbone=stock)).state_dict()
    torch.save(dict(state_dict=state), weights)
    return folder / 'small.py', weights
