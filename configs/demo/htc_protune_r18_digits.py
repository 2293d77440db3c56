"""The demo: HTC on digits in scenes, narrow enough for two CPU cores.

    python tools/make_digit_scenes.py data/digits
    python tools/train.py configs/demo/htc_protune_r18_digits.py
"""
_base_ = ['../htc_protune_r50_coco.py']

# Model: one width for neck and heads, few proposals.
width = 32
proposals = 48
bbox_stds = ((0.1, 0.2), (0.05, 0.1), (0.033, 0.067))
bbox_heads = [
    dict(
        type='Shared2FCBBoxHead',
        in_channels=width,
        fc_out_channels=128,
        roi_feat_size=7,
        num_classes=10,
        reg_class_agnostic=True,
        bbox_coder=dict(
            type='DeltaXYWHBBoxCoder',
            target_means=[0., 0., 0., 0.],
            target_stds=[centre, centre, size, size]),
        loss_cls=dict(type='CrossEntropyLoss'),
        loss_bbox=dict(type='SmoothL1Loss')) for centre, size in bbox_stds
]
mask_heads = [
    dict(
        type='HTCMaskHead',
        with_conv_res=stage > 0,
        num_convs=2,
        in_channels=width,
        conv_out_channels=width,
        num_classes=10,
        loss_mask=dict(type='CrossEntropyLoss', use_mask=True))
    for stage in range(3)
]
# Few samples an image: otherwise iterations slow down as the RPN learns.
rcnn = [
    dict(
        assigner=dict(
            type='MaxIoUAssigner',
            pos_iou_thr=iou,
            neg_iou_thr=iou,
            min_pos_iou=iou,
            ignore_iof_thr=-1),
        sampler=dict(
            type='RandomSampler',
            num=32,
            pos_fraction=0.5,
            neg_pos_ub=-1,
            add_gt_as_proposals=True),
        mask_size=28,
        pos_weight=-1,
        debug=False) for iou in (0.5, 0.6, 0.7)
]
# One sample a bin: RoIAlign is most of the time on a CPU.
roi = dict(out_channels=width, roi_layer=dict(sampling_ratio=1))
rpn = dict(nms_pre=4 * proposals, max_per_img=proposals)
model = dict(
    backbone=dict(
        depth=18,
        base_channels=16,
        init_cfg=dict(
            checkpoint='{{ fileDirname }}/resnet18_slim_letters.pth')),
    neck=dict(in_channels=[16, 32, 64, 128], out_channels=width),
    rpn_head=dict(
        in_channels=width,
        feat_channels=width,
        anchor_generator=dict(scales=[4])),
    roi_head=dict(
        bbox_roi_extractor=roi,
        bbox_head=bbox_heads,
        mask_roi_extractor=roi,
        mask_head=mask_heads,
        semantic_roi_extractor=dict(
            out_channels=width,
            roi_layer=dict(output_size=7, sampling_ratio=1)),
        semantic_head=dict(
            in_channels=width,
            conv_out_channels=width,
            num_convs=2,
            num_classes=12)),
    train_cfg=dict(rpn_proposal=rpn, rcnn=rcnn),
    test_cfg=dict(rpn=rpn, rcnn=dict(score_thr=0.05, max_per_img=20)))

# Data: ten digits; the semantic branch also names the two photographs.
data_root = 'data/digits/'
ann_file = 'annotations/instances_val2017.json'
metainfo = dict(
    classes=('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven',
             'eight', 'nine'))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='LoadAnnotations', with_bbox=True, with_mask=True, with_seg=True),
    dict(type='Resize', scale=(192, 192), keep_ratio=True),
    dict(type='PackDetInputs')
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(192, 192), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape',
                   'scale_factor'))
]
train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        data_root=data_root, metainfo=metainfo, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=4,
    dataset=dict(
        data_root=data_root, metainfo=metainfo, pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=data_root + ann_file)
test_evaluator = val_evaluator

# Schedule: minutes, not hours.
epochs = 3
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=3e-3, weight_decay=1e-4),
    # Prompts start at zero effect and have few steps to grow.
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=4))),
    clip_grad=dict(max_norm=10))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=50),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        T_max=epochs,
        convert_to_iter_based=True)
]
default_hooks = dict(logger=dict(interval=20))
