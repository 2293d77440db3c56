"""Backbones and the modules that end their stages, as they are found."""
from typing import NamedTuple, Tuple

VIT = dict(embed_dims=32, num_layers=8, num_heads=4, feedforward_channels=64)
TWINS = dict(
    embed_dims=[32, 64, 96, 128],
    num_heads=[1, 2, 4, 8],
    patch_sizes=[4, 2, 2, 2],
    strides=[4, 2, 2, 2],
    mlp_ratios=[2, 2, 2, 2],
    sr_ratios=[8, 4, 2, 1],
    depths=[2, 2, 2, 2],
    norm_cfg=dict(type='LN'),
    out_indices=(0, 1, 2, 3))
HRNET = {
    f'stage{i}':
    dict(
        num_modules=1,
        num_branches=i,
        block='BOTTLENECK' if i == 1 else 'BASIC',
        num_blocks=(1, ) * i,
        num_channels=(16, 32, 64, 128)[:i])
    for i in range(1, 5)
}
DENSE = (0, 1, 2, 3)


class Row(NamedTuple):
    """A backbone; ``name`` is what the documents call it."""
    name: str
    backbone: str
    ends: str
    arguments: dict = {}

    def paths(self) -> Tuple[str, ...]:
        return tuple(self.ends.split())

    def __str__(self) -> str:
        return self.backbone + '-' + self.name


def timm(name: str, model: str, ends: str, **arguments) -> Row:
    ends = ' '.join(f'timm_model.{end}' for end in ends.split())
    return Row(name, 'mmpretrain.TIMMBackbone', ends,
               dict(model_name=model, features_only=True, **arguments))


ROWS = [
    Row('ConvNeXt', 'mmpretrain.ConvNeXt',
        'stages.0 stages.1 stages.2 stages.3', dict(arch='atto')),
    Row('EfficientNet', 'mmdet.EfficientNet',
        'layers.2 layers.3 layers.4 layers.5',
        dict(arch='b0', out_indices=(3, 4, 5))),
    Row('MobileNetV2', 'mmdet.MobileNetV2', 'layer2 layer3 layer5 layer7'),
    # All outputs but one have a size.
    Row(
        'MobileNetV2', 'mmseg.MobileNetV2', 'layer2 layer3 layer5 layer7',
        dict(
            out_indices=(1, 2, 4, 6),
            strides=(1, 2, 2, 1, 1, 1, 1),
            dilations=(1, 1, 1, 2, 2, 4, 4))),
    Row('RepVGG', 'mmpretrain.RepVGG', 'stage_1 stage_2 stage_3 stage_4',
        dict(arch='A0')),
    Row('CSPDarknet', 'mmdet.CSPDarknet', 'stage1 stage2 stage3 stage4',
        dict(widen_factor=.25)),
    Row('CSPNeXt', 'mmdet.CSPNeXt', 'stage1 stage2 stage3 stage4',
        dict(widen_factor=.25)),
    Row('Darknet', 'mmdet.Darknet', 'conv_res_block2 conv_res_block3 '
        'conv_res_block4 conv_res_block5'),
    Row(
        'HRNet', 'mmdet.HRNet', 'stage4.0.branches.0 stage4.0.branches.1 '
        'stage4.0.branches.2 stage4.0.branches.3', dict(extra=HRNET)),
    Row('UNet', 'mmseg.UNet',
        'encoder.4 decoder.3 decoder.2 decoder.1 decoder.0',
        dict(base_channels=8)),
    Row('MixVisionTransformer', 'mmseg.MixVisionTransformer',
        'layers.0.1.1 layers.1.1.1 layers.2.1.1 layers.3.1.1',
        dict(embed_dims=32, num_layers=[2, 2, 2, 2])),
    Row('PyramidVisionTransformer', 'mmdet.PyramidVisionTransformer',
        'layers.0.1.1 layers.1.1.1 layers.2.1.1 layers.3.1.1',
        dict(num_layers=[1, 1, 1, 1])),
    Row('PyramidVisionTransformerV2', 'mmdet.PyramidVisionTransformerV2',
        'layers.0.1.1 layers.1.1.1 layers.2.1.1 layers.3.1.1',
        dict(embed_dims=32, num_layers=[2, 2, 2, 2])),
    Row('PCPVT', 'mmseg.PCPVT', 'layers.0.1 layers.1.1 layers.2.1 layers.3.1',
        TWINS),
    Row('SVT', 'mmseg.SVT', 'layers.0.1 layers.1.1 layers.2.1 layers.3.1',
        dict(TWINS, windiow_sizes=[7, 7, 7, 7])),
    Row('SwinTransformerV2',
        'mmpretrain.SwinTransformerV2', 'stages.0 stages.1 stages.2 stages.3',
        dict(arch='tiny', img_size=256)),
    Row('MViT', 'mmpretrain.MViT', 'blocks.0 blocks.2 blocks.7 blocks.9',
        dict(arch='tiny', out_scales=DENSE)),
    Row('MSCAN', 'mmseg.MSCAN', 'block1.0 block2.0 block3.1 block4.0',
        dict(embed_dims=[16, 32, 64, 96], depths=[1, 1, 2, 1])),
    Row('VAN', 'mmpretrain.VAN', 'blocks1.2 blocks2.2 blocks3.4 blocks4.1',
        dict(arch='tiny')),
    Row('PoolFormer', 'mmpretrain.PoolFormer',
        'network.0 network.2 network.4 network.6', dict(arch='s12')),
    Row('ResNeSt', 'mmdet.ResNeSt', 'layer1 layer2 layer3 layer4',
        dict(depth=50)),
    # Dilated: stages of one size, told apart by the outputs.
    Row('ResNeSt', 'mmseg.ResNeSt', 'layer1 layer2 layer3 layer4',
        dict(depth=50, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4))),
    Row('Res2Net', 'mmdet.Res2Net', 'layer1 layer2 layer3 layer4',
        dict(depth=50, base_width=26, scales=4, deep_stem=True,
             avg_down=True)),
    # Made for small images.
    Row('ResNet_CIFAR', 'mmpretrain.ResNet_CIFAR',
        'layer1 layer2 layer3 layer4', dict(depth=18, base_channels=8)),
    Row(
        'BiSeNetV2', 'mmseg.BiSeNetV2', 'semantic.stage1 semantic.stage3 '
        'semantic.stage4 semantic.stage4_CEBlock bga'),
    Row('BEiTViT', 'mmpretrain.BEiTViT', 'layers.1 layers.3 layers.5 layers.7',
        dict(arch=VIT)),
    # The class token alone is returned: no patch of the last layer.
    Row('DeiT3', 'mmpretrain.DeiT3', 'layers.0 layers.2 layers.4 layers.6',
        dict(arch=VIT)),
    Row('ViTSAM', 'mmpretrain.ViTSAM', 'layers.1 layers.3 layers.5 layers.7',
        dict(arch=dict(VIT, global_attn_indexes=[7]), img_size=256)),
    Row('BEiT', 'mmseg.BEiT', 'layers.1 layers.3 layers.5 layers.7',
        dict(num_layers=8, embed_dims=32, num_heads=4, out_indices=(3, 7))),
    timm(
        'timm ResNet',
        'resnet18',
        'layer1 layer2 layer3 layer4',
        out_indices=(1, 2, 3, 4)),
    timm('timm ConvNeXt', 'convnext_atto',
         'stages_0 stages_1 stages_2 stages_3'),
    timm(
        'timm Swin',
        'swin_tiny_patch4_window7_224',
        'layers_0 layers_1 layers_2 layers_3',
        embed_dim=32,
        depths=(1, 1, 1, 1),
        num_heads=(1, 2, 4, 8)),
    timm(
        'timm ViT, DINOv2, EVA-02',
        'vit_small_patch14_reg4_dinov2',
        'model.blocks.1 model.blocks.3 model.blocks.5 model.blocks.7',
        dynamic_img_size=True,
        embed_dim=32,
        depth=8,
        num_heads=4,
        out_indices=(3, 7)),
]


def documented() -> str:
    """Return the table of the documents: the first row of each name."""
    lines = ['| backbone | `prompt_stages` found |', '|---|---|']
    seen = set()
    for row in ROWS:
        if row.name not in seen:
            seen.add(row.name)
            paths = ', '.join(f'`{path}`' for path in row.paths())
            lines.append(f'| {row.name} | {paths} |')
    return '\n'.join(lines)
