"""Two processes train a backbone, without looking for unused parameters.

With each ``memory``: what is computed again must reach the wrapper as well.
"""
import hashlib
import os
from itertools import product

import pytest
import torch
from mmengine.model import MMDistributedDataParallel

from protune_mm.tuning import split_state
from tests import backbones, prompted_backbones
from tests.command_line import SERVER, free_port

WAYS = ('plain', 'leanest')
NAMES = ('ResNet-18', 'ResNetV1c-18', 'Swin-T', 'Swin-T-dense',
         'PromptedViT-class-token', 'PromptedSwin-shallow')
CHOSEN = [
    case for case in backbones.CASES + prompted_backbones.CASES
    if case.name in NAMES and 'SyncBN' not in str(case.arguments)
]


def digest(module):
    """A hash of all parameters and frozen buffers."""
    frozen = split_state(module)[1]
    parameters = dict(module.named_parameters())
    content = hashlib.sha256()
    for name, value in module.state_dict().items():
        if name in frozen or name in parameters:
            content.update(value.detach().numpy().tobytes())
    return content.hexdigest()


def train_all(rank, port, results):
    """Train each case for some steps, on other images in each process."""
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    for case, memory in product(CHOSEN, WAYS):
        # Other weights in each process: the wrapper shares those of rank 0.
        torch.manual_seed(rank)
        model = MMDistributedDataParallel(
            case.build(memory=memory),
            device_ids=None,
            broadcast_buffers=False)
        before = digest(model.module)
        optimizer = torch.optim.SGD(
            [p for p in model.parameters() if p.requires_grad], lr=0.1)
        try:
            for _ in range(3):
                loss = sum(x.square().mean()
                           for x in model(torch.rand(2, 3, 64, 64)))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            results.put(
                (rank, (str(case), memory), before, digest(model.module)))
        except RuntimeError as error:  # torch's complaint
            results.put((rank, (str(case), memory), before, str(error)))
    torch.distributed.destroy_process_group()


@pytest.fixture(scope='module')
def digests():
    """What each process had of each case, before and after training."""
    results, port = SERVER.Queue(), free_port()
    processes = [
        SERVER.Process(target=train_all, args=(rank, port, results))
        for rank in (0, 1)
    ]
    for process in processes:
        process.start()
    found = [results.get(timeout=300) for _ in 2 * len(WAYS) * CHOSEN]
    for process in processes:
        process.join()
    return {(rank, name): texts for rank, name, *texts in found}


@pytest.mark.parametrize('case', CHOSEN, ids=str)
def test_both_processes_end_with_the_same_weights(case, digests):
    plain, leanest = ([digests[rank, (str(case), memory)] for rank in (0, 1)]
                      for memory in WAYS)
    first, second = plain
    assert first == second
    assert len(first[1]) == 64, first[1]
    assert first[0] != first[1]
    assert plain == leanest
