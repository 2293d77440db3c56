"""Bytes are counted by their place in memory."""
from types import SimpleNamespace

import torch
from torch import nn

from protune_mm.apis.task_size import measure, storages


def test_what_is_shared():
    one, other = nn.Linear(3, 5), nn.Linear(3, 5)
    other.weight = one.weight
    other.register_buffer('view', other.bias.detach()[1:])
    assert sum(storages(other).values()) == 4 * (15 + 5)
    tasks = [
        SimpleNamespace(name=name, host='mmdet', model=model)
        for name, model in (('a', one), ('b', other))
    ]
    sizes, together = measure(tasks)
    assert [(x.name, x.model, x.own, x.shared)
            for x in sizes] == [('a', 'Linear', 20, 60),
                                ('b', 'Linear', 20, 60)]
    assert together == 100
    assert measure([]) == ([], 0)
    assert not torch.equal(one.bias, other.bias)
