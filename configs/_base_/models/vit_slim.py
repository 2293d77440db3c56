"""The demo's slim ViT for prompt tokens; trained on RGB letters of 64 px.

Its weights are made by
python tools/pretrain_demo_backbone.py configs/demo/vit_slim_letters.py
"""
_base_ = ['./vit_base_mocov3.py']
families = ['slim_vit', 'slim']
model = dict(
    backbone=dict(
        arch=dict(
            _delete_=True,
            embed_dims=64,
            num_layers=4,
            num_heads=4,
            feedforward_channels=256),
        img_size=64,
        patch_size=8,
        init_cfg=dict(
            _delete_=True,
            type='Pretrained',
            checkpoint='{{ fileDirname }}/../../demo/vit_slim_letters.pth')),
    head=dict(in_channels=64))
