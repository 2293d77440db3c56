"""Where prompts go in mmseg's ViT, what trains, and what is refused."""
import pytest
import torch

from protune_mm.errors import UserError
from tests.small_maps import TWINS, twin


def trained(model):
    """Modules of the host that train."""
    return {
        name.rpartition('.')[0]
        for name, p in model.named_parameters()
        if p.requires_grad and not name.startswith('prompts.')
    }


@pytest.mark.parametrize('name', TWINS)
@pytest.mark.parametrize('layers, outputs, ends', [
    (12, -1, [2, 5, 8, 11]),
    (24, (9, 14, 19, 23), [5, 11, 17, 23]),
    (12, [3, 7], [1, 3, 5, 7]),
    (5, (0, 2), [0, 1, 2]),
    (1, -1, [0]),
])
def test_a_prompt_ends_each_quarter(name, layers, outputs, ends):
    model = twin(name, num_layers=layers, out_indices=outputs)
    assert list(
        model.prompts) == ['patch_embed'] + [f'layers_{i}' for i in ends]


@pytest.mark.parametrize('name', TWINS)
@pytest.mark.parametrize('arguments, expected', [
    (dict(final_norm=True), {'ln1'}),
    (dict(final_norm=True, out_indices=[1, 2]), set()),
    (dict(), set()),
    (dict(final_norm=True, tuning='head'), set()),
    (dict(tuning='partial-1'),
     {'layers.3.ln2', 'layers.3.ffn.layers.0.0', 'layers.3.ffn.layers.1'}),
])
def test_norms_that_train(name, arguments, expected):
    assert trained(twin(name, **arguments)) == expected


@pytest.mark.parametrize('name', TWINS)
@pytest.mark.parametrize('outputs', [(1, 4), [-1]])
def test_outputs_are_layers(name, outputs):
    with pytest.raises(UserError, match='must be layers of ProTune.*0 to 3'):
        twin(name, out_indices=outputs)


@pytest.mark.parametrize('size', [(32, 32), (40, 56), (29, 33)])
def test_a_vit_takes_images_of_any_size(size):
    model = twin('ViT', prompt_cfg=dict(zero_init=False)).eval()
    maps = model(torch.rand(1, 3, *size))
    grid = tuple(-(-x // 8) for x in size)
    assert [tuple(x.shape) for x in maps] == [(1, 32, *grid)] * 2
