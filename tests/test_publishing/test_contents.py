"""What a checkpoint holds, in words."""
import re

import torch
from torch import nn

from protune_mm.publishing.contents import contents
from protune_mm.publishing.convert import based_model
from protune_mm.tuning.base import BASE
from tests.small_tasks import read


def rows_of(text):
    """Entries, numbers and MB by component."""
    found = re.findall(r'(\S+) +\W*([\d,]+) +\W*([\d,]+) +\W*([\d.]+)', text)
    return {
        name: (int(a.replace(',', '')), int(b.replace(',', '')), float(c))
        for name, a, b, c in found
    }


def test_a_delta(task):
    text = contents(str(task.delta))
    assert text.startswith('A delta: what was trained, ')
    state = read(task.delta)['state_dict']
    rows = rows_of(text)
    assert rows.keys() == {
        'backbone.prompts', 'head', '(optimizer)', '(ema_state_dict)', 'total'
    }
    prompts = [value for name, value in state.items() if '.prompts.' in name]
    assert rows['backbone.prompts'][:2] == (len(prompts),
                                            sum(v.numel() for v in prompts))
    assert rows['head'] == (2, 64 * 26 + 26, 0.01)
    for i in (0, 1):
        assert rows['total'][i] == sum(row[i] for name, row in rows.items()
                                       if name != 'total')
    assert 'After epoch 1, iteration 3.' in text
    base = based_model(task.cfg).backbone.base
    assert (f'Base of backbone: {len(base.names)} frozen entries, SHA-256 '
            f'{base.sha256}\n  from {base.source}') in text


def test_a_whole_file(task):
    text = contents(str(task.whole))
    assert text.startswith('A whole checkpoint.')
    assert 'backbone' in rows_of(text) and 'Base of' not in text


def test_a_published_task(task):
    text = contents(str(task.published))
    assert text.startswith('A delta: ') and 'SHA-256' in text
    assert rows_of(text).keys() == {'backbone.prompts', 'head', 'total'}


def test_weights_alone(tmp_path):
    torch.save(nn.Linear(2, 3).state_dict(), tmp_path / 'x.pth')
    rows = rows_of(contents(str(tmp_path / 'x.pth')))
    assert rows == dict(weight=(1, 6, 0.), bias=(1, 3, 0.), total=(2, 9, 0.))


def test_a_backbone_alone(task, tmp_path):
    state = {
        name.removeprefix('backbone.'): value
        for name, value in read(task.delta)['state_dict'].items()
        if name.startswith('backbone.')
    }
    assert BASE in state
    torch.save(state, tmp_path / 'x.pth')
    assert 'Base of the backbone: ' in contents(str(tmp_path / 'x.pth'))
