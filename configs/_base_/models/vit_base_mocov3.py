"""ViT-B/16 for prompt tokens; MoCo v3's weights of 300 epochs, RGB images."""
_base_ = ['./deit_small.py']
model = dict(
    backbone=dict(
        type='PromptedViT',
        arch='base',
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/mmselfsup/1.x/mocov3/'
            'mocov3_vit-base-p16_16xb256-amp-coslr-300e_in1k/'
            'mocov3_vit-base-p16_16xb256-amp-coslr-300e_in1k-224_20220826-'
            '25213343.pth')),
    head=dict(in_channels=768))
