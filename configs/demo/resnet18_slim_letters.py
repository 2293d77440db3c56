"""Pre-trains the demo's slim ResNet-18 to name letters on photographs.

    python tools/pretrain_demo_backbone.py
"""
_base_ = ['mmpretrain::_base_/default_runtime.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)

epochs = 16
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        num_classes=26,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True),
    backbone=dict(type='ResNet', depth=18, stem_channels=16, base_channels=16),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=26,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss')))

letters = dict(type='LetterCrops', pipeline=[dict(type='PackInputs')])
train_dataloader = dict(
    batch_size=128,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(length=26000, seed=0, **letters))
val_dataloader = dict(
    batch_size=256,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(length=2600, seed=1, **letters))
val_evaluator = dict(type='Accuracy', topk=(1, ))

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=4e-3,
        total_steps=epochs,
        convert_to_iter_based=True)
]
train_cfg = dict(by_epoch=True, max_epochs=epochs, val_interval=5)
val_cfg = dict()
