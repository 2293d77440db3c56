"""Every tuning method on every family of backbones that has its places."""
from tests import stage_scale  # noqa: F401  (registers it)
from tests.backbone_case import Case
from tests.backbones import CASES as BACKBONES
from tests.backbones import LAYERS, vit
from tests.method_counts import (attention_ranks, bottlenecks, conv_adapters,
                                 monas, of_norms, ranks, scales_and_shifts,
                                 sizes)

# Backbones of each family, small, and what the counts below need of them.
WIDTH, LAYERS_OF_VIT = 64, 6
SWIN = dict(embed_dims=24, depths=(1, 2, 1, 1), num_heads=(1, 2, 2, 4))
SWIN_BLOCKS = (24, 48, 48, 96, 192)
SWIN_NORMS = {f'norm{i}': 24 * 2**i for i in range(4)}
BASE = 16


def swin(host: str) -> Case:
    arch = dict(
        arch={
            k: v
            for k, v in SWIN.items()
        },
        out_indices=(0, 1, 2, 3),
        pad_small_map=True) if host == 'mmpretrain' else SWIN
    # mmpretrain names the last norm as checkpoints do.
    norms = {
        k: v
        for k, v in SWIN_NORMS.items() if host != 'mmpretrain' or k != 'norm3'
    }
    return Case(
        host,
        'SwinTransformer',
        'ProTuneSwin',
        'Swin',
        dict(window_size=4, drop_path_rate=.2, **arch),
        norms=norms)


def row(name: str) -> Case:
    """A row of the other table."""
    return next(case for case in BACKBONES if str(case) == name)


RESNET = Case('mmdet', 'ResNet', 'ProTuneResNet', 'ResNet-18',
              dict(depth=18, base_channels=BASE))
BOTTLENECKS = Case(
    'mmseg', 'ResNetV1c', 'ProTuneResNetV1c', 'ResNetV1c-50',
    dict(depth=50, base_channels=BASE, stem_channels=BASE, norm_eval=False))
REGNET = row('mmdet-RegNetX-400MF')
# A runner puts other norms in the place of these.
SYNCED = row('mmseg-ResNet-18')
CLASS_TOKEN = vit('class-token')._replace(norms={})
MAPS = vit('maps', out_type='featmap', out_indices=[2, 4])._replace(norms={})
CONVNEXT = row('mmdet-ConvNeXt')._replace(norms={})


def tuned(case: Case, method: str, count, **more) -> Case:
    """A backbone with a method instead of prompt blocks."""
    arguments = more.pop('arguments', {})
    methods = [dict(type=method, **arguments)]
    kept = {k: v for k, v in case.more.items() if k == 'backbone'}
    part = more.pop('part', 'prompts')
    return case._replace(
        name=f'{method}-{case.name}',
        more=dict(kept, methods=methods),
        part=part,
        tokens=count,
        awake=more.pop('awake', {}),
        **{
            'moving': ('weight', 'bias'),
            **more
        })


VIT_BLOCKS = (WIDTH, ) * LAYERS_OF_VIT


def inside_transformer(case: Case, blocks, mapped) -> list:
    """Those that act at attention and FFN.

    Args:
        case (Case): The backbone.
        blocks: Widths of its blocks.
        mapped: Widths of those whose patches reach an output.
    """
    return [
        tuned(case, 'Adapter', bottlenecks(blocks), part='adapters'),
        tuned(case, 'AdaptFormer', bottlenecks(blocks), part='adaptformers'),
        tuned(case, 'Mona', monas(mapped), part='monas'),
        tuned(
            case,
            'LoRA',
            attention_ranks(blocks),
            part='lora',
            moving=('up.weight', ),
            merges=True)
    ]


def of_the_host(case: Case, norms: tuple, own_norms: int = 0) -> list:
    """Those that train the host's own vectors, and SSF.

    Args:
        case (Case): The backbone.
        norms (tuple): How the names of its norms' parameters end.
        own_norms (int): Parameters of norms that train anyway. Default: 0.
    """
    return [
        tuned(
            case,
            'BitFit',
            # Weights of norms that train anyway are no biases.
            lambda stock: sizes('bias')(stock) - own_norms // 2,
            own=('.bias', 'in_proj_bias', 'q_bias', 'v_bias'),
            moving=('bias', ),
            merges=True),
        tuned(
            case,
            'NormTuning',
            lambda stock: of_norms(stock) - own_norms,
            own=norms,
            merges=True),
        tuned(
            case,
            'SSF',
            lambda stock: scales_and_shifts(stock) - 2 * (own_norms // 2),
            part='ssf',
            moving=('scale', 'shift'),
            merges=True)
    ]


def ranks_of_all(case: Case) -> Case:
    return tuned(
        case,
        'LoRA',
        ranks,
        part='lora',
        arguments=dict(targets='all'),
        moving=('up.weight', ),
        merges=True)


def parameters_of(*norms: str) -> tuple:
    """How the names of norms' parameters end."""
    return tuple(f'{norm}.{kind}' for norm in norms
                 for kind in ('weight', 'bias'))


OF_CNN = parameters_of('bn1', 'bn2', 'bn3', 'downsample.1', 'stem.1', 'stem.4',
                       'stem.7')
OF_CONVNEXT = parameters_of('.norm', 'norm0', 'norm1', 'norm2', 'norm3',
                            'downsample_layers.0.1',
                            *[f'downsample_layers.{i}.0' for i in (1, 2, 3)])
OF_TRANSFORMER = parameters_of('ln1', 'ln2', 'norm0', 'norm1', 'norm2',
                               'norm3', 'patch_embed.norm', 'downsample.norm')


def inside_cnn(case: Case) -> list:
    return [
        tuned(case, 'ConvAdapter', conv_adapters, part='conv_adapters'),
        ranks_of_all(case), *of_the_host(case, OF_CNN)
    ]


SWIN_OF_MMDET = swin('mmdet')
SOME = ('Mona', 'LoRA')

# Their attention takes weights of layers that it does not call.
VIT_OF_MMSEG = row('mmseg-ViT-maps')
VIT_OF_MMSEG = VIT_OF_MMSEG._replace(
    norms={}, arguments={
        **VIT_OF_MMSEG.arguments, 'with_cp': False
    })
MMSEG = [
    *[
        case
        for case in inside_transformer(VIT_OF_MMSEG, VIT_BLOCKS, VIT_BLOCKS)
        if not case.name.startswith('AdaptFormer')
    ],
    *of_the_host(VIT_OF_MMSEG, OF_TRANSFORMER),
    *[
        case for name in ('BEiT', 'MAE') for case in inside_transformer(
            row(f'mmseg-{name}-maps')._replace(
                norms={}), VIT_BLOCKS, VIT_BLOCKS)
        if case.name.startswith('LoRA')
    ],
    of_the_host(row('mmseg-BEiT-maps')._replace(norms={}), ())[0],
]

# Their blocks are known by an image alone.
DINOV2 = row('mmseg-TIMMBackbone-vit_small_patch14_reg4_dinov2')
EVA02 = row('mmdet-TIMMBackbone-eva02_tiny_patch14_224')
TIMM = [
    *[
        case for case in inside_transformer(DINOV2, VIT_BLOCKS, VIT_BLOCKS)
        if case.name.startswith(('Mona', 'Adapter'))
    ],
    tuned(
        EVA02,
        'LoRA',
        attention_ranks(VIT_BLOCKS),
        part='lora',
        moving=('up.weight', ),
        merges=True),
]


def scaled(name: str, norms: dict = {}, **arguments) -> Case:
    """A row of the other table with scales instead of prompt blocks."""
    awake = dict(methods=[dict(type='StageScale', start=1.1, **arguments)])
    return tuned(
        row(name),
        'StageScale',
        sum(row(name).widths),
        part='scales',
        norms=norms,
        arguments=arguments,
        awake=awake,
        moving=('weight', ))


CASES = [
    *inside_transformer(SWIN_OF_MMDET, SWIN_BLOCKS, SWIN_BLOCKS),
    *of_the_host(SWIN_OF_MMDET, OF_TRANSFORMER, 2 * (24 + 48 + 96 + 192)),
    # Behind the last layer patches reach no class token.
    *inside_transformer(CLASS_TOKEN, VIT_BLOCKS, VIT_BLOCKS[:-1]),
    *of_the_host(CLASS_TOKEN, OF_TRANSFORMER),
    *[
        case for host in ('mmseg', 'mmpretrain')
        for case in inside_transformer(swin(host), SWIN_BLOCKS, SWIN_BLOCKS)
        if case.name.startswith(SOME)
    ],
    *[
        case
        for case in inside_transformer(MAPS, VIT_BLOCKS[:5], VIT_BLOCKS[:5])
        if case.name.startswith(SOME)
    ],
    *MMSEG,
    *TIMM,
    *inside_cnn(RESNET),
    *inside_cnn(BOTTLENECKS),
    *inside_cnn(REGNET),
    *[
        case
        for case in of_the_host(SYNCED, OF_CNN) if case.name.startswith('SSF')
    ],
    ranks_of_all(CONVNEXT),
    *of_the_host(CONVNEXT, OF_CONVNEXT),
    scaled('mmdet-ResNet-18'),
    scaled('mmdet-Swin-T',
           row('mmdet-Swin-T').norms),
    scaled('mmpretrain-ViT-maps'),
    scaled('mmpretrain-TIMMBackbone', stages=LAYERS),
]
