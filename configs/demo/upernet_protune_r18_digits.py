"""UPerNet on digits in scenes, narrow enough for two CPU cores.

    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
    python tools/train.py configs/demo/upernet_protune_r18_digits.py
"""
_base_ = ['../upernet_protune_r50_ade20k.py']

# Model: narrow heads. Digits are few pixels, photographs are many.
class_weight = [1.] * 10 + [0.1] * 2
model = dict(
    data_preprocessor=dict(size=(192, 192)),
    backbone=dict(
        type='ProTuneResNet',
        depth=18,
        stem_channels=16,
        base_channels=16,
        init_cfg=dict(
            checkpoint='{{ fileDirname }}/resnet18_slim_letters.pth')),
    decode_head=dict(
        in_channels=[16, 32, 64, 128],
        channels=64,
        num_classes=12,
        loss_decode=dict(class_weight=class_weight)),
    auxiliary_head=dict(
        in_channels=64,
        channels=32,
        num_classes=12,
        loss_decode=dict(class_weight=class_weight)))

# Data: ten digits, and the two photographs behind them.
data = dict(
    type='BaseSegDataset',
    data_root='data/digits_ade20k/',
    reduce_zero_label=True,
    metainfo=dict(
        classes=('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven',
                 'eight', 'nine', 'china', 'flower'),
        palette=[[230, 25, 75], [60, 180, 75], [255, 225, 25], [0, 130, 200],
                 [245, 130, 48], [145, 30, 180], [70, 240, 240],
                 [240, 50, 230], [210, 245, 60], [250, 190, 212], [40, 40, 40],
                 [110, 110, 110]]))
pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', reduce_zero_label=True),
    dict(type='PackSegInputs')
]
train_dataloader = dict(
    batch_size=8, num_workers=2, dataset=dict(pipeline=pipeline, **data))
val_dataloader = dict(
    batch_size=8, num_workers=2, dataset=dict(pipeline=pipeline, **data))
test_dataloader = val_dataloader

# Schedule: minutes, not hours.
iterations = 480
train_cfg = dict(max_iters=iterations, val_interval=iterations)
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=1e-4),
    # Prompts start at zero effect and have few steps to grow.
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=4))),
    clip_grad=dict(max_norm=10))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=30),
    dict(type='CosineAnnealingLR', by_epoch=False, T_max=iterations)
]
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(interval=iterations))
