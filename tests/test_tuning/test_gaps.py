"""What a checkpoint leaves random is named; counts of steps do not matter."""
import pytest
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning.gaps import refuse_gaps


def test_gaps():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    refuse_gaps(model, ['1.num_batches_tracked'], [])
    with pytest.raises(UserError, match='1 of the 7 .*random: 0.bias. Give'):
        refuse_gaps(model, ['0.bias', '1.num_batches_tracked'], [])
    other = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    with pytest.raises(RuntimeError) as error:
        model.load_state_dict(other.state_dict())
    with pytest.raises(UserError, match=r'0.weight \(3, 4\) instead of \(3,'):
        refuse_gaps(model, [], [str(error.value)])
