"""Backbones tuned by a method that the package does not know."""
from tests import stage_scale  # noqa: F401  (registers it)
from tests.backbone_case import Case
from tests.backbones import CASES as BACKBONES
from tests.backbones import LAYERS


def scaled(row: str, norms: dict, count: int, **arguments) -> Case:
    """A row of the other table with scales instead of prompt blocks."""
    case = next(case for case in BACKBONES if str(case) == row)
    more = {k: v for k, v in case.more.items() if k == 'backbone'}
    method = dict(type='StageScale', **arguments)
    return case._replace(
        name=f'scaled-{case.name}',
        more=dict(more, methods=[method]),
        part='scales',
        norms=norms,
        tokens=count,
        awake=dict(methods=[dict(method, start=1.1)]),
        moving=('weight', ))


CASES = [
    scaled('mmdet-ResNet-18', {}, 64 + 128 + 256 + 512),
    scaled('mmdet-Swin-T', {f'norm{i}': 96 * 2**i
                            for i in range(4)}, 96 + 96 + 192 + 384 + 768),
    scaled('mmpretrain-ViT-maps', {}, 5 * 64),
    scaled('mmpretrain-TIMMBackbone', {}, 64 + 512, stages=LAYERS),
]
