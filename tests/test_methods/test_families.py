"""Every method on every family: it acts, or one sentence says why not.

The rows of tests/method_backbones.py keep all contracts; these cells are all
that there are, and keep three.
"""
import gc

import pytest
import torch

from protune_mm.errors import UserError
from tests import backbones
from tests import method_backbones as rows
from tests.backbone_case import Case, found
from tests.lean_case import wake


def stages_found(name: str) -> Case:
    return found(rows.row(name), 'found')


RESNEXT = Case('mmpretrain', 'ResNeXt', 'ProTuneResNeXt', 'ResNeXt-50',
               dict(depth=50, groups=8, width_per_group=2, stem_channels=16))
CNNS = [
    rows.RESNET, rows.BOTTLENECKS, rows.REGNET, RESNEXT,
    stages_found('mmdet-ConvNeXt'),
    stages_found('mmdet-EfficientNet'),
    stages_found('mmseg-TIMMBackbone')
]
TRANSFORMERS = [
    *[rows.swin(host) for host in ('mmdet', 'mmseg', 'mmpretrain')],
    rows.CLASS_TOKEN, rows.MAPS, rows.VIT_OF_MMSEG,
    *map(rows.row,
         ('mmseg-BEiT-maps', 'mmseg-MAE-maps')), rows.DINOV2, rows.EVA02
]
# Transformers of windows, of whose attention and FFN nothing is known.
OTHERS = [
    case for case in backbones.CASES
    if str(case).endswith(('TIMMBackbone-swin', 'ViTSAM-channels-last'))
]
INSIDE = ('Adapter', 'AdaptFormer', 'Mona')
MERGED = ('LoRA', 'BitFit', 'NormTuning', 'SSF')


@pytest.fixture(scope='module', params=CNNS + TRANSFORMERS + OTHERS, ids=str)
def case(request):
    yield request.param
    gc.collect()


@pytest.fixture(scope='module')
def stock(case):
    model = case.build(twin=False)
    model.eval()
    return model.requires_grad_(False)


def has_places(method: str, case: Case) -> bool:
    """Whether the papers' places are there."""
    if method in INSIDE:
        return case in TRANSFORMERS
    return method != 'ConvAdapter' or case in CNNS[:4]


@pytest.mark.parametrize('method', [*MERGED, *INSIDE, 'ConvAdapter'])
def test_every_method(case, stock, method):
    cfg = dict(type=method)
    if method == 'LoRA' and case in CNNS:
        cfg.update(targets='all')
    if not has_places(method, case):
        with pytest.raises(UserError, match=f'{method} acts .* it is for '):
            case.build(methods=[cfg])
        return
    kept = {k: v for k, v in case.more.items() if k == 'backbone'}
    twin = case._replace(more=kept).build(methods=[cfg])
    twin.load_state_dict(stock.state_dict(), strict=False)

    twin.eval()
    with torch.no_grad():
        expected, found = stock(case.image()), twin(case.image())
    assert all(torch.equal(a, b) for a, b in zip(expected, found))

    twin.train()
    sum(map_.float().pow(2).sum() for map_ in twin(case.image())).backward()
    trained = {k for k, p in twin.named_parameters() if p.requires_grad}
    reached = {k for k, p in twin.named_parameters() if p.grad is not None}
    assert trained == reached
    assert trained and trained != set(dict(twin.named_parameters()))

    wake(twin.eval())
    if method not in MERGED:
        with pytest.raises(UserError, match='cannot be merged'):
            twin.merge()
        return
    merged = twin.merge()
    with torch.no_grad():
        expected, found = twin(case.image()), merged(case.image())
    for a, b in zip(expected, found):
        assert float((a - b).abs().max()) <= 1e-5 * float(a.abs().max())
