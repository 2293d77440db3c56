"""The backbones with prompt tokens that the contracts are tested over."""
from tests.backbone_case import Case
from tests.backbones import mmseg_vit, vit


def prompted_vit(name: str, tokens: int, **arguments) -> Case:
    case = vit(name, **arguments)
    return case._replace(
        twin='PromptedViT',
        name=f'Prompted{case.name}',
        more=dict(prompt_length=4),
        norms={},
        tokens=tokens,
        awake={},
        quiet=False,
        moving=('values.0', ))


def prompted_swin(host: str, tokens: int, **arguments) -> Case:
    depths = arguments.pop('depths', (1, 2, 1, 1))
    widths = dict(embed_dims=24, num_heads=(1, 2, 2, 4))
    arch = dict(arch=dict(depths=depths, **widths), pad_small_map=True) \
        if host == 'mmpretrain' else dict(depths=depths, **widths)
    dense = {f'norm{i}': 24 * 2**i for i in range(4)}
    # mmpretrain names the last norm as checkpoints do.
    if host == 'mmpretrain':
        del dense['norm3']
    if arguments.get('out_indices') == (3, ):
        dense = {}
    depth = arguments.pop('prompt_depth', 'deep')
    return Case(
        host,
        'SwinTransformer',
        'PromptedSwin',
        f'PromptedSwin-{depth}',
        dict(window_size=4, drop_path_rate=0.2, **arch, **arguments),
        more=dict(prompt_length=4, prompt_depth=depth),
        norms=dense,
        tokens=tokens,
        awake={},
        quiet=False,
        moving=('values.0', ))


def prompted_maps(stock: str, layers: int, **arguments) -> Case:
    case = mmseg_vit(stock, **arguments)
    return case._replace(
        twin=case.twin.replace('ProTune', 'Prompted'),
        name=f'Prompted{case.name}',
        more=dict(prompt_length=4),
        norms={},
        tokens=layers * 4 * 64,
        awake={},
        quiet=False,
        moving=('values.0', ))


CASES = [
    prompted_vit('class-token', 6 * 4 * 64, frozen_stages=6),
    prompted_vit('maps', 6 * 4 * 64, out_type='featmap', out_indices=[2, 5]),
    prompted_vit('mean', 6 * 4 * 64, out_type='avg_featmap', final_norm=False),
    prompted_maps(
        'VisionTransformer',
        6,
        name='deep',
        norm_eval=True,
        out_indices=(2, 5)),
    prompted_maps(
        'VisionTransformer',
        1,
        name='shallow',
        with_cls_token=False,
        out_indices=[
            1, 3
        ])._replace(more=dict(prompt_length=4, prompt_depth='shallow')),
    prompted_maps('BEiT', 6, name='deep', out_indices=(2, 5)),
    prompted_maps('MAE', 6, name='deep', out_indices=(2, 5)),
    # A block of each stage, but two of the second.
    prompted_swin('mmdet', 4 * 24 * (1 + 2 * 2 + 4 + 8), frozen_stages=4),
    prompted_swin('mmseg', 4 * 24 * (1 + 2 * 2 + 4 + 8), with_cp=True),
    prompted_swin('mmseg', 4 * 24, prompt_depth='shallow'),
    prompted_swin(
        'mmpretrain', 4 * 24, prompt_depth='shallow',
        out_indices=(0, 1, 2, 3)),
    prompted_swin(
        'mmpretrain', 4 * 24 * (1 + 2 * 2 + 4 + 8), out_indices=(3, )),
]
