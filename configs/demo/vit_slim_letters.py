"""Pre-trains a slim ViT to name letters on photographs.

    python tools/pretrain_demo_backbone.py configs/demo/vit_slim_letters.py
"""
_base_ = ['./resnet18_slim_letters.py']

epochs = 20
model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch=dict(
            embed_dims=96, num_layers=6, num_heads=4,
            feedforward_channels=384),
        img_size=64,
        patch_size=8),
    neck=None,
    # A head that starts at zero keeps a transformer from learning for long.
    head=dict(
        in_channels=96, init_cfg=dict(type='Normal', layer='Linear', std=.06)))

train_dataloader = dict(batch_size=64)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.98)),
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
