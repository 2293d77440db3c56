"""Every tuning method on every family of backbones that has its places."""
from tests import stage_scale  # noqa: F401  (registers it)
from tests.backbone_case import Case, block_count
from tests.backbones import CASES as BACKBONES
from tests.backbones import LAYERS, vit

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
CLASS_TOKEN = vit('class-token')._replace(norms={})
MAPS = vit('maps', out_type='featmap', out_indices=[2, 4])._replace(norms={})
CONVNEXT = row('mmdet-ConvNeXt')._replace(norms={})


def tuned(case: Case, method: str, count: int, **more) -> Case:
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
        awake={},
        **{
            'moving': ('weight', 'bias'),
            **more
        })


def bottlenecks(widths) -> int:
    """Adapters of 64 beside attention and FFN."""
    return 2 * sum(129 * width + 64 for width in widths)


def attention_ranks(widths, rank=8) -> int:
    """Low-rank matrices of the joint query, key and value, and the output."""
    return sum(rank * (width + 3 * width + width + width) for width in widths)


def monas(widths) -> int:
    return 2 * sum(133 * width + 9728 for width in widths)


VIT_BLOCKS = (WIDTH, ) * LAYERS_OF_VIT
TRANSFORMERS = [(swin(host), SWIN_BLOCKS, SWIN_BLOCKS)
                for host in ('mmdet', 'mmseg', 'mmpretrain')] + [
                    # Behind the last layer patches reach no class token.
                    (CLASS_TOKEN, VIT_BLOCKS, VIT_BLOCKS[:-1]),
                    (MAPS, VIT_BLOCKS[:5], VIT_BLOCKS[:5])
                ]
INSIDE_TRANSFORMERS = [
    case for host, blocks, mapped in TRANSFORMERS for case in (
        tuned(host, 'Adapter', bottlenecks(blocks), part='adapters'),
        tuned(host, 'AdaptFormer', bottlenecks(blocks), part='adaptformers'),
        tuned(host, 'Mona', monas(mapped), part='monas'),
        tuned(
            host,
            'LoRA',
            attention_ranks(blocks),
            part='lora',
            moving=('up.weight', ),
            merges=True))
]

# Their attention takes weights of layers that it does not call.
MMSEG = [
    tuned(
        row(f'mmseg-{name}-maps')._replace(norms={}),
        'LoRA',
        attention_ranks(VIT_BLOCKS),
        part='lora',
        moving=('up.weight', ),
        merges=True) for name in ('ViT', 'BEiT', 'MAE')
] + [
    tuned(
        row('mmseg-ViT-no-class-token'),
        'LoRA',
        attention_ranks(VIT_BLOCKS[:4]),  # the last two reach no output
        part='lora',
        moving=('up.weight', ),
        merges=True)
]


def scaled(name: str, norms: dict, count: int, **arguments) -> Case:
    """A row of the other table with scales instead of prompt blocks."""
    return tuned(
        row(name),
        'StageScale',
        count,
        part='scales',
        norms=norms,
        arguments=arguments,
        moving=('weight', ))


CASES = INSIDE_TRANSFORMERS + MMSEG + [
    scaled('mmdet-ResNet-18', {}, 64 + 128 + 256 + 512),
    scaled('mmdet-Swin-T', {f'norm{i}': 96 * 2**i
                            for i in range(4)}, 96 + 96 + 192 + 384 + 768),
    scaled('mmpretrain-ViT-maps', {}, 5 * 64),
    scaled('mmpretrain-TIMMBackbone', {}, 64 + 512, stages=LAYERS),
]
