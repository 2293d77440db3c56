_base_ = [
    './_base_/models/vit_base_mae.py', './_base_/datasets/cub.py',
    './_base_/schedules/vit_base_mae_spt.py', './_base_/methods/spt_deep.py',
    './_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes)
model = dict(
    backbone=_base_.method,
    head=dict(num_classes=num_classes, init_cfg=_base_.head_init))
train_dataloader = dict(batch_size=_base_.batch_size)
custom_hooks = [*_base_.custom_hooks, *_base_.method_hooks]
