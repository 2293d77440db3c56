"""The table of what trains."""
from torch import nn

from protune_mm.models import ProTuneResNet
from protune_mm.tuning import parameter_rows, parameter_table


def model():
    holder = nn.Module()
    holder.backbone = ProTuneResNet.mmdet(depth=18, base_channels=8)
    holder.relu = nn.ReLU()
    holder.head = nn.Linear(3, 2)
    holder.head.bias.requires_grad_(False)
    return holder


def test_a_row_a_component_and_the_prompts_apart():
    rows = {row.component: row for row in parameter_rows(model())}
    assert list(rows) == ['backbone', 'prompts', 'head', 'total']
    assert rows['backbone'].trained == 0 and rows['prompts'].frozen == 0
    assert (rows['head'].trained, rows['head'].frozen) == (6, 2)
    assert rows['head'].percent == 75
    assert rows['total'].total == sum(p.numel()
                                      for p in model().parameters()) == sum(
                                          row.total
                                          for row in list(rows.values())[:-1])


def test_table_prints_them():
    text = parameter_table(parameter_rows(model()))
    assert 'prompts' in text and '75.0' in text and 'total' in text
