"""EfficientNet-Lite0 with real weights of ImageNet, which a package brings."""
lite0_channels = [24, 40, 112, 320]
lite0_inputs = dict(mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True)
protune_lite0 = dict(
    type='ProTuneBackbone',
    backbone='mmpretrain.TIMMBackbone',
    model_name='tf_efficientnet_lite0',
    features_only=True,
    out_indices=(1, 2, 3, 4),
    prompt_stages=[f'timm_model.blocks.{i}' for i in range(7)],
    init_cfg=dict(
        type='Pretrained', checkpoint='package://efficientnet_lite0'))
