"""The demo: HTC on tree crowns in aerial photographs, on real weights.

    pip install protune_mm[demo]
    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees
    python tools/train.py configs/demo/htc_protune_lite0_trees.py
"""
_base_ = [
    './htc_protune_r18_digits.py', '../_base_/lite0.py',
    '../_base_/dense_frozen.py'
]

# Model: one class; ground and tree for the semantic branch.
bbox_heads = _base_.bbox_heads
mask_heads = _base_.mask_heads
for head in (*bbox_heads, *mask_heads):
    head.update(num_classes=1)
del head
model = dict(
    data_preprocessor=_base_.lite0_inputs,
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    neck=dict(in_channels=_base_.lite0_channels),
    roi_head=dict(
        bbox_head=bbox_heads,
        mask_head=mask_heads,
        semantic_head=dict(num_classes=2)),
    test_cfg=dict(rcnn=dict(max_per_img=50)))

# Data: tiles of 192 px, seen from above, so that any flip is as good. A mask
# is a box: nobody has drawn outlines.
data_root = 'data/trees/'
metainfo = dict(classes=('tree', ), palette=[(60, 180, 75)])
train_pipeline = _base_.train_pipeline
train_pipeline.insert(
    -1,
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal']))
train_dataloader = dict(
    dataset=dict(
        data_root=data_root, metainfo=metainfo, pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root, metainfo=metainfo))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'annotations/instances_val2017.json')
test_evaluator = val_evaluator

# Schedule: minutes, not hours.
epochs = 8
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
optim_wrapper = dict(_delete_=True, **_base_.dense_frozen)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=epochs)
