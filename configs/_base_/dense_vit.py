"""Plain ViTs of mmpretrain for detectors and segmentors, and a recipe."""
# A simple feature pyramid takes the last map, as ViTDet does of MAE's.
mae_vit_b = dict(
    type='mmpretrain.ProTuneViT',
    arch='base',
    img_size=224,
    patch_size=16,
    out_type='featmap',
    init_cfg=dict(
        type='Pretrained',
        prefix='backbone',
        checkpoint='https://mmassets.onedl.ai/mmselfsup/1.x/mae/'
        'mae_vit-base-p16_8xb512-fp16-coslr-1600e_in1k/'
        'mae_vit-base-p16_8xb512-fp16-coslr-1600e_in1k_20220825-'
        'f7569ca2.pth'))
dinov2_b = dict(
    type='mmpretrain.ProTuneViT',
    arch='base',
    img_size=518,
    patch_size=14,
    layer_scale_init_value=1e-5,
    out_type='featmap',
    out_indices=[2, 5, 8, 11],
    init_cfg=dict(
        type='Pretrained',
        prefix='backbone',
        checkpoint='https://mmassets.onedl.ai/mmpretrain/v1.0/dinov2/'
        'vit-base-p14_dinov2-pre_3rdparty_20230426-ba246503.pth'))

dense_vit_optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW', lr=0.0001, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        custom_keys=dict(
            pos_embed=dict(decay_mult=0.), cls_token=dict(decay_mult=0.))))
dense_vit_param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, end=1000),
    dict(type='MultiStepLR', end=12, milestones=[8, 11], gamma=0.1)
]
