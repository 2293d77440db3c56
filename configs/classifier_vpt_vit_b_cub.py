_base_ = [
    './_base_/models/vit_base_in21k.py', './_base_/datasets/cub.py',
    './_base_/schedules/prompt_vpt.py', './_base_/methods/vpt_deep.py',
    './_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes, **_base_.normalization)
model = dict(
    backbone=_base_.method,
    head=dict(num_classes=num_classes, init_cfg=_base_.head_init))
