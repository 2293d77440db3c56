"""Forms of maps that only an image tells, at any later size."""
import copy
import pickle

import pytest
import torch
from torch import nn

from protune_mm.errors import UserError
from protune_mm.hosts.map_forms import Form, SeenMaps
from protune_mm.hosts.probe import find_channels
from tests.backbones import CASES

VITS = [case for case in CASES if 'vit_' in case.name or 'eva' in case.name]


def test_an_image_tells_where_channels_are():
    seen = SeenMaps((64, 96))
    assert seen.is_last((1, 5, 4, 6)) is False
    assert seen.is_last((1, 4, 6, 5)) is True
    assert seen.is_last((1, 7, 7, 7)) is None


def test_what_an_image_does_not_tell_is_not_guessed():
    with pytest.raises(ValueError, match='does not tell'):
        SeenMaps((64, 64)).is_last((1, 8, 8, 8))


class Last(nn.Module):
    """Returns (B, H, W, C) where H, W and C are equal at 224 px."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 14, 16, 16)
        self.end = nn.Sequential(nn.Linear(14, 14))

    def forward(self, x):
        return self.end(self.conv(x).permute(0, 2, 3, 1))


def test_another_size_tells():
    model = Last()
    model.call = None
    assert find_channels(model, None, ['end']) == {'end': 14}


def test_tokens_take_the_size_of_the_map_that_fits_best():
    seen = SeenMaps((64, 64))
    seen.note('stem', torch.rand(1, 8, 3, 3))
    seen.note('embed', torch.rand(1, 8, 4, 4))
    form, told = seen.read((), torch.rand(1, 18, 8))
    assert form == Form(source='embed') and told == (4, 4)
    form, told = seen.read((), torch.rand(1, 60, 8))
    assert form == Form() and told is None


@pytest.mark.parametrize('case', VITS, ids=str)
@pytest.mark.parametrize('patches', [(3, 5), (6, 2)])
def test_any_size_of_image(case, patches):
    """Each block sees the patches of its own image, in their places."""
    model = case.build(prompt_cfg=dict(zero_init=False)).eval()
    side = 16 if 'patch16' in case.name else 14
    image = torch.rand(1, 3, patches[0] * side, patches[1] * side)
    shapes = []
    for block in model.prompts.values():
        block.register_forward_hook(
            lambda m, inputs, output: shapes.append(inputs[0].shape))
    with torch.no_grad():
        outputs = model(image)
    assert [tuple(shape[2:]) for shape in shapes] == [patches] * 4
    assert all(x.shape[2:] == patches for x in outputs)


@pytest.mark.parametrize('case', VITS[:1], ids=str)
def test_copies_tell_for_themselves(case):
    model = case.build(prompt_cfg=dict(zero_init=False)).eval()
    images = torch.rand(1, 3, 32, 64), torch.rand(1, 3, 64, 32)
    with torch.no_grad():
        expected = [model(image)[-1] for image in images]
        for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            model(images[1])  # leaves its own size behind
            assert torch.equal(clone(images[0])[-1], expected[0])


def test_what_is_no_map_is_still_refused():
    model = Last()
    model.call = None
    model.end = nn.Flatten()
    with pytest.raises(UserError, match=r'returns \(1, 2744\), not a feature'):
        find_channels(model, None, ['end'])
