"""The table of backbones that every contract is tested over."""
from tests.backbone_case import Case, found

SEG_FCN = dict(
    dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), contract_dilation=True)


def resnet(host: str,
           variant: str,
           depth: int,
           width: int = 16,
           **arguments) -> Case:
    """A quarter as wide as usual: most of the time goes into weights."""
    more = ''.join(f'-{key}' for key in arguments if key in ('dcn', 'plugins'))
    expansion = 1 if depth < 50 else 4
    return Case(
        host,
        f'ResNet{variant}',
        f'ProTuneResNet{variant}',
        f'ResNet{variant}-{depth}{more}',
        dict(
            depth=depth, stem_channels=width, base_channels=width,
            **arguments),
        widths=tuple(width * expansion * 2**i for i in range(4)))


def swin(host: str, name: str, width: int = 24, **arguments) -> Case:
    """A quarter as wide as usual, likewise."""
    widths = [width * 2**i for i in range(4)]
    sizes = dict(embed_dims=width, depths=(2, 2, 2, 2))
    if host == 'mmpretrain':
        sizes = dict(arch=dict(num_heads=(3, 6, 12, 24), **sizes))
    return Case(
        host,
        'SwinTransformer',
        'ProTuneSwin',
        f'Swin-{name}',
        dict(sizes, **arguments),
        ratio=4,
        widths=(width, *widths),
        norms={
            f'norm{i}': x
            for i, x in enumerate(widths)
        })


def any_backbone(host: str, stock: str, paths: list, widths: tuple,
                 **arguments) -> Case:
    return Case(
        host,
        stock,
        'ProTuneBackbone',
        stock.split('.')[-1],
        arguments,
        more=dict(backbone=stock, prompt_stages=paths),
        widths=widths)


def vit(name: str, **arguments) -> Case:
    arch = dict(
        embed_dims=64, num_layers=6, num_heads=4, feedforward_channels=128)
    return Case(
        'mmpretrain',
        'VisionTransformer',
        'ProTuneViT',
        f'ViT-{name}',
        dict(arch=arch, img_size=128, drop_path_rate=0.1, **arguments),
        ratio=4,
        widths=(64, ) * 5,
        norms=dict(ln1=64),
        size=128)


def mmseg_vit(stock: str, name: str, **arguments) -> Case:
    twin = stock.replace('VisionTransformer', 'ViT')
    sizes = dict(
        img_size=64, embed_dims=64, num_layers=6, num_heads=4, mlp_ratio=2)
    return Case(
        'mmseg',
        stock,
        f'ProTune{twin}',
        f'{twin}-{name}',
        dict(drop_path_rate=0.1, final_norm=True, **sizes, **arguments),
        ratio=4,
        widths=(64, ) * 5,
        norms=dict(ln1=64))


def timm_vit(host: str, name: str, size: int, **arguments) -> Case:
    case = any_backbone(
        host,
        'mmpretrain.TIMMBackbone', [], (64, ) * 4,
        model_name=name,
        features_only=True,
        dynamic_img_size=True,
        embed_dim=64,
        depth=6,
        num_heads=4,
        **arguments)
    return found(case, name)._replace(size=size)


LAYERS = ['timm_model.layer1', 'timm_model.layer4']
CASES = [
    # One of the paper's widths.
    resnet('mmdet', '', 50, 64, frozen_stages=1, norm_eval=True),
    resnet('mmdet', '', 18, frozen_stages=1, norm_eval=True),
    resnet('mmdet', '', 101, frozen_stages=1, norm_eval=True),
] + [
    resnet(
        'mmpretrain', '', depth, out_indices=(0, 1, 2, 3), drop_path_rate=0.1)
    for depth in (18, 50, 101)
] + [
    resnet('mmseg', 'V1c', depth, norm_eval=False, **SEG_FCN)
    for depth in (18, 50, 101)
] + [
    resnet('mmdet', 'V1d', 50, norm_eval=False),
    resnet('mmseg', '', 18, norm_cfg=dict(type='SyncBN', requires_grad=True)),
    resnet('mmseg', 'V1d', 18),
    resnet('mmpretrain', 'V1c', 50),
    resnet('mmpretrain', 'V1d', 50),
    resnet(
        'mmdet',
        '',
        50,
        dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
        stage_with_dcn=(False, False, False, True)),
    resnet(
        'mmdet',
        '',
        50,
        dcn=dict(type='DCN', deform_groups=1, fallback_on_stride=False),
        stage_with_dcn=(False, True, True, True),
        plugins=[
            dict(
                cfg=dict(type='ContextBlock', ratio=1. / 16),
                stages=(False, True, True, True),
                position='after_conv3')
        ])._replace(size=128),  # the convolution wants a map of 3 x 3
    Case(
        'mmdet',
        'RegNet',
        'ProTuneRegNet',
        'RegNetX-400MF',
        dict(arch='regnetx_400mf'),
        widths=(32, 64, 160, 384)),
    Case(
        'mmpretrain',
        'RegNet',
        'ProTuneRegNet',
        'RegNetX-400MF',
        dict(arch='regnetx_400mf', out_indices=(0, 1, 2, 3)),
        widths=(32, 64, 160, 384)),
    Case(
        'mmseg',
        'ResNeXt',
        'ProTuneResNeXt',
        'ResNeXt-50',
        dict(depth=50, base_channels=16, groups=8, base_width=4),
        widths=(64, 128, 256, 512)),
    # The other of the paper's widths, twice: the two can share a beginning.
    swin('mmdet', 'T', 96, drop_path_rate=0.2, frozen_stages=4),
    swin('mmseg', 'T', 96, drop_path_rate=0.2, with_cp=True),
    swin(
        'mmpretrain', 'T-dense', out_indices=(0, 1, 2, 3), pad_small_map=True),
    swin('mmpretrain', 'T', drop_path_rate=0.2, pad_small_map=True)._replace(
        widths=(24, 48, 96, 192, 192), norms=dict(norm3=192)),
    vit('class-token', frozen_stages=6),
    vit('maps', out_type='featmap', out_indices=[0, 2, 5]),
    vit('mean', out_type='avg_featmap')._replace(norms=dict(ln1=64, ln2=64)),
    mmseg_vit(
        'VisionTransformer',
        'maps',
        drop_rate=0.1,
        patch_bias=True,
        with_cp=True,
        out_indices=(0, 2, 5)),
    mmseg_vit(
        'VisionTransformer',
        'no-class-token',
        with_cls_token=False,
        pre_norm=True,
        norm_eval=True,
        frozen_exclude=['ln1'],
        out_indices=[1, 3])._replace(widths=(64, ) * 5, norms={}),
    mmseg_vit('BEiT', 'maps', out_indices=(0, 2, 5)),
    mmseg_vit('MAE', 'maps', out_indices=[2, 5], patch_size=8),
    any_backbone(
        'mmdet',
        'mmpretrain.ConvNeXt', [f'stages.{i}' for i in range(4)],
        (40, 80, 160, 320),
        arch='atto',
        out_indices=(0, 1, 2, 3),
        gap_before_final_norm=False),
    any_backbone(
        'mmseg',
        'mmpretrain.ConvNeXt', ['stages.0', 'stages.3'], (40, 320),
        arch='atto',
        out_indices=(0, 3),
        gap_before_final_norm=False,
        drop_path_rate=0.1),
    any_backbone(
        'mmpretrain',
        'ConvNeXt', ['stages.1', 'stages.2.3'], (80, 160),
        arch='atto'),
    any_backbone(
        'mmdet',
        'EfficientNet', ['layers.3', 'layers.5'], (40, 320),
        arch='b0',
        out_indices=(3, 4, 5)),
    any_backbone(
        'mmpretrain',
        'EfficientNet', ['layers.2', 'layers.6'], (24, 1280),
        arch='b0',
        out_indices=(2, 6),
        drop_path_rate=0.1),
    any_backbone(
        'mmdet',
        'mmpretrain.TIMMBackbone',
        LAYERS, (64, 512),
        model_name='resnet18',
        features_only=True,
        out_indices=(1, 4)),
    any_backbone(
        'mmseg',
        'mmpretrain.TIMMBackbone',
        LAYERS, (64, 512),
        model_name='resnet18',
        features_only=True,
        out_indices=(1, 4)),
    any_backbone(
        'mmpretrain', 'TIMMBackbone', LAYERS,
        (64, 512), model_name='resnet18'),
    any_backbone(
        'mmdet',
        'HRNet', [f'stage4.2.branches.{i}' for i in (0, 3)], (32, 256),
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block='BOTTLENECK',
                num_blocks=(1, ),
                num_channels=(64, )),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block='BASIC',
                num_blocks=(1, 1),
                num_channels=(32, 64)),
            stage3=dict(
                num_modules=1,
                num_branches=3,
                block='BASIC',
                num_blocks=(1, 1, 1),
                num_channels=(32, 64, 128)),
            stage4=dict(
                num_modules=3,
                num_branches=4,
                block='BASIC',
                num_blocks=(1, 1, 1, 1),
                num_channels=(32, 64, 128, 256)))),
    # Tokens without their (H, W), with a class token and registers.
    timm_vit('mmdet', 'vit_small_patch16_224', 64, out_indices=(1, 3, 5)),
    timm_vit('mmseg', 'vit_small_patch14_dinov2', 56, out_indices=(2, 5)),
    timm_vit('mmseg', 'vit_small_patch14_reg4_dinov2', 56, out_indices=(3, 5)),
    timm_vit('mmdet', 'eva02_tiny_patch14_224', 56, out_indices=(2, 4, 5)),
    # Channels last.
    found(
        any_backbone(
            'mmdet',
            'mmpretrain.TIMMBackbone', [], (32, 64, 128, 256),
            model_name='swin_tiny_patch4_window7_224',
            features_only=True,
            strict_img_size=False,
            embed_dim=32,
            depths=(1, 1, 1, 1),
            num_heads=(1, 2, 4, 8),
            out_indices=(0, 1, 2, 3)), 'swin'),
    found(
        any_backbone(
            'mmpretrain',
            'ViTSAM', [], (64, ) * 4,
            arch=dict(
                embed_dims=64,
                num_layers=4,
                num_heads=4,
                feedforward_channels=128,
                global_attn_indexes=[3]),
            img_size=128,
            out_channels=32), 'channels-last')._replace(size=128),
]
