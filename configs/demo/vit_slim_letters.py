"""Pre-trains a slim ViT to name letters on photographs.

It is shown the maps of the slim ResNet-18, which names them already.

    python tools/pretrain_demo_backbone.py configs/demo/vit_slim_letters.py
"""
_base_ = ['./resnet18_slim_letters.py']

custom_imports = dict(
    imports=['protune_mm', 'protune_mm.reproduction.distilled_classifier'],
    allow_failed_imports=False)

epochs = 8
model = dict(
    type='DistilledClassifier',
    teacher=dict(
        type='ResNet',
        depth=18,
        stem_channels=16,
        base_channels=16,
        out_indices=(1, 2, 3),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='{{ fileDirname }}/resnet18_slim_letters.pth')),
    channels=(32, 64, 128),
    layers=(0, 1, 3),
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch=dict(
            embed_dims=64, num_layers=4, num_heads=4,
            feedforward_channels=256),
        img_size=64,
        patch_size=8),
    neck=None,
    # A head that starts at zero keeps a transformer from learning for long.
    head=dict(
        in_channels=64, init_cfg=dict(type='Normal', layer='Linear', std=.06)))

train_dataloader = dict(batch_size=32)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=2e-3, betas=(0.9, 0.98)),
    clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=300),
    dict(
        type='CosineAnnealingLR',
        T_max=epochs,
        end=epochs,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=epochs)
