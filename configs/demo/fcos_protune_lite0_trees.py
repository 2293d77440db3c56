"""FCOS on tree crowns in aerial photographs, on real weights of ImageNet.

    pip install protune_mm[demo]
    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees
    python tools/train.py configs/demo/fcos_protune_lite0_trees.py
"""
_base_ = [
    'mmdet::fcos/fcos_r50-caffe_fpn_gn-head-center-normbbox-centeronreg-giou_'
    '1x_coco.py', '../_base_/lite0.py', '../_base_/dense_frozen.py'
]
custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)

# Model: narrow, and no levels for what is larger than any tree.
width = 32
model = dict(
    data_preprocessor=_base_.lite0_inputs,
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    neck=dict(
        in_channels=_base_.lite0_channels, out_channels=width, num_outs=3),
    bbox_head=dict(
        num_classes=1,
        in_channels=width,
        feat_channels=width,
        stacked_convs=2,
        strides=[8, 16, 32],
        regress_ranges=((-1, 64), (64, 128), (128, 1e8)),
        norm_cfg=dict(type='GN', num_groups=8, requires_grad=True)))

# Data: tiles of 192 px, seen from above, so that any flip is as good; crops of
# them are enough to train on.
data_root = 'data/trees/'
metainfo = dict(classes=('tree', ))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='RandomFlip',
        prob=[0.25, 0.25, 0.25],
        direction=['horizontal', 'vertical', 'diagonal']),
    dict(type='RandomCrop', crop_size=(96, 96)),
    dict(type='PackDetInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    # Changes nothing; mmdet asks for the factor.
    dict(type='Resize', scale_factor=1.),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        data_root=data_root, metainfo=metainfo, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    dataset=dict(
        data_root=data_root, metainfo=metainfo, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + 'annotations/instances_val2017.json')
test_evaluator = val_evaluator

# Schedule: minutes, not hours.
epochs = 15
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
recipe = _base_.dense_frozen
# A detector of one stage bears a higher rate than one of two.
optim_wrapper = dict(
    recipe, _delete_=True, optimizer=dict(recipe.optimizer, lr=5e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=20),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        T_max=epochs,
        convert_to_iter_based=True)
]
default_hooks = dict(logger=dict(interval=20))
