"""UPerNet on tree crowns in aerial photographs, on real weights of ImageNet.

    pip install protune_mm[demo]
    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees_ade20k --layout ade20k
    python tools/train.py configs/demo/upernet_protune_lite0_trees.py
"""
_base_ = ['./upernet_protune_lite0_digits.py']

# Model: narrower still; crops of a tile are enough to train on. A fifth of the
# pixels is tree: without weights, so short a training names none so.
crop = 128
balanced = dict(class_weight=[1., 4.])
model = dict(
    data_preprocessor=dict(size=(crop, crop)),
    decode_head=dict(channels=32, num_classes=2, loss_decode=balanced),
    auxiliary_head=dict(channels=32, num_classes=2, loss_decode=balanced))

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
iterations = 100
train_cfg = dict(max_iters=iterations, val_interval=iterations)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=iterations)
default_hooks = dict(checkpoint=dict(interval=iterations))
