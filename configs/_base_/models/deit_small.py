"""DeiT-S, pro-tuned; mmpretrain's weights, trained on RGB images."""
_base_ = ['mmpretrain::_base_/models/vit-base-p16.py']
families = ['transformer', 'prompt']  # whose recipes suit it
presets = dict(blocks='ProTuneViT', tokens='PromptedViT')
model = dict(
    backbone=dict(
        _delete_=True,
        type='ProTuneViT',
        arch='deit-small',
        img_size=224,
        patch_size=16,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/'
            'deit/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
            prefix='backbone')),
    head=dict(
        in_channels=384, loss=dict(_delete_=True, type='CrossEntropyLoss')),
    # for training from scratch, as in DeiT's own config
    init_cfg=[
        dict(type='TruncNormal', layer='Linear', std=.02),
        dict(type='Constant', layer='LayerNorm', val=1., bias=0.)
    ])
