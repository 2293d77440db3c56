"""Pro-tuned Swin for mmdet: backbones, and the training recipe of mmdet's."""
_weights = ('https://github.com/SwinTransformer/storage/releases/download/'
            'v1.0.0/swin_{}_patch4_window7_224.pth')
protune_swin_t = dict(
    type='ProTuneSwin',
    embed_dims=96,
    depths=(2, 2, 6, 2),
    num_heads=(3, 6, 12, 24),
    drop_path_rate=0.2,
    convert_weights=True,
    init_cfg=dict(type='Pretrained', checkpoint=_weights.format('tiny')))
protune_swin_s = dict(
    protune_swin_t,
    depths=(2, 2, 18, 2),
    init_cfg=dict(type='Pretrained', checkpoint=_weights.format('small')))
protune_swin_b = dict(
    protune_swin_s,
    embed_dims=128,
    num_heads=(4, 8, 16, 32),
    init_cfg=dict(type='Pretrained', checkpoint=_weights.format('base')))
del _weights

protune_swin_optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='AdamW', lr=0.0001, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(
        custom_keys=dict(
            absolute_pos_embed=dict(decay_mult=0.),
            relative_position_bias_table=dict(decay_mult=0.),
            norm=dict(decay_mult=0.))))
protune_swin_param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, end=1000),
    dict(type='MultiStepLR', end=12, milestones=[8, 11], gamma=0.1)
]
