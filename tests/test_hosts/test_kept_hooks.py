"""Hooks of modules that a runner exchanges."""
import copy
import pickle

import pytest
import torch
from mmengine.model import revert_sync_batchnorm

from tests.backbone_case import Case
from tests.lean_case import wake

SYNCED = dict(type='SyncBN', requires_grad=True)
METHODS = dict(
    ssf=[dict(type='SSF')],
    blocks=[dict(type='PromptBlocks', prompt_stages=['layer1.0.bn2'])])
# Of modules that are put into a process alone, and back into several.
EXCHANGES = dict(
    alone=revert_sync_batchnorm,
    together=torch.nn.SyncBatchNorm.convert_sync_batchnorm)


@pytest.fixture(params=METHODS)
def model(request):
    case = Case('mmseg', 'ResNet', 'ProTuneResNet', '',
                dict(depth=18, base_channels=8, norm_cfg=SYNCED))
    model = case.build(methods=METHODS[request.param])
    wake(model)
    return case, model


@pytest.mark.parametrize('exchange', EXCHANGES)
def test_methods_act_on_what_takes_the_place(model, exchange):
    case, model = model
    before = [*model.modules()]
    exchanged = EXCHANGES[exchange](EXCHANGES['alone'](model)).train()
    model.eval(), exchanged.eval()
    assert not {*before} >= {*exchanged.modules()}
    alone = revert_sync_batchnorm(exchanged).eval()
    with torch.no_grad():
        found = alone(case.image())
        with alone.without_prompts():
            stock = alone(case.image())
    assert all(not torch.equal(a, b) for a, b in zip(found, stock))


def test_no_hook_is_put_twice(model):
    case, model = model
    expected = [len(x._forward_hooks) for x in model.modules()]
    for each in (model, copy.deepcopy(model),
                 pickle.loads(pickle.dumps(model))):
        each.train().eval()
        assert [len(x._forward_hooks) for x in each.modules()] == expected
