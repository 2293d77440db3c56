"""ViT-B/16 for prompt tokens; supervised weights of ImageNet-21k, RGB images.

They are mmpretrain's, which have been fine-tuned on ImageNet-1k at 384 px:
those of VPT and SPT have not. Position embeddings are resized on loading.
``normalization`` is that of their training and goes into
``data_preprocessor``; VPT and SPT take ImageNet's figures for all weights.
"""
_base_ = ['./vit_base_mocov3.py']
normalization = dict(mean=[127.5] * 3, std=[127.5] * 3)
model = dict(
    backbone=dict(
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/vit/'
            'finetune/vit-base-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_'
            '20210928-98e8652b.pth')))
