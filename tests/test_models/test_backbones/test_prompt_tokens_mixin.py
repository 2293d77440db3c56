"""What prompted ViTs and Swins have in common."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.models import PromptedSwin, PromptedViT
from tests.small_swin import build as build_swin

ARCH = dict(embed_dims=32, num_layers=6, num_heads=4, feedforward_channels=64)


def build(family, **arguments):
    if family == 'swin':
        return build_swin(
            'mmpretrain', family=PromptedSwin, out_indices=(3, ), **arguments)
    return PromptedViT.mmpretrain(
        arch=ARCH, img_size=32, patch_size=8, **arguments)


def image(size=32):
    return torch.rand(2, 3, size, size, generator=torch.manual_seed(0))


each = pytest.mark.parametrize('family', ['vit', 'swin'])


@each
@pytest.mark.parametrize('tuning, tokens, trains', [
    ('protune', True, False),
    ('protune+finetune', True, True),
    ('finetune', False, True),
    ('scratch', False, True),
    ('head', False, False),
    ('partial-1', False, False),
])
def test_paradigms(family, tuning, tokens, trains):
    """There are tokens where there would be blocks, and no block."""
    model = build(family, tuning=tuning)
    assert list(model.prompts) == ['tokens'] * tokens
    weight = model.patch_embed.projection.weight
    assert weight.requires_grad == trains
    output = model.train()(image())[0].sum()
    assert output.requires_grad == (tuning != 'head')
    if output.requires_grad:
        output.backward()
    assert (weight.grad is not None) == trains


@each
def test_values_go_in_and_out(family):
    model = build(family, prompt_length=3)
    values = [torch.rand_like(value) for value in model.prompt_values()]
    model.init_prompts(values)
    assert all(
        torch.equal(a, b) for a, b in zip(model.prompt_values(), values))
    with pytest.raises(UserError, match='values of'):
        model.init_prompts(values[:-1])


def test_projected_values_are_those_that_are_used():
    model = build('vit', prompt_projection=8, prompt_length=3).eval()
    seen = []
    model.layers[2].register_forward_hook(
        lambda m, inputs, output: seen.append(inputs[0]))
    with torch.no_grad():
        model(image())
    assert torch.equal(seen[0][1, 1:4], model.prompt_values()[2])


@each
def test_checkpoints(family):
    """Prompts are loaded, may be missing, and must have the same length."""
    model = build(family, prompt_length=3)
    assert not model.prompts_loaded
    stock = {k: v for k, v in model.state_dict().items() if 'prompts' not in k}
    assert not model.load_state_dict(stock, strict=False).unexpected_keys
    assert not model.prompts_loaded
    twin = build(family, prompt_length=3)
    twin.load_state_dict(model.state_dict())
    assert twin.prompts_loaded
    assert torch.equal(twin.prompt_values()[-1], model.prompt_values()[-1])
    with pytest.raises(UserError, match=r'prompts.tokens.values.0 \(\d, 3,'):
        build(family, prompt_length=4).load_state_dict(model.state_dict())


@each
def test_dropout_is_drawn_in_training_only(family):
    model = build(family, prompt_dropout=0.5)
    same = image()[:1].repeat(2, 1, 1, 1)
    with torch.no_grad():
        first, second = model.train()(same)[0]
        assert not torch.equal(first, second)
        first, second = model.eval()(same)[0]
    assert torch.allclose(first, second, atol=1e-6)
