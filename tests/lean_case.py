"""A step of a tuned backbone with each ``memory``, to be compared."""
from typing import Dict, NamedTuple

import torch
from torch import Tensor, nn

from protune_mm.costs import LiveBytes


class StepResult(NamedTuple):
    """Outputs, gradients and buffers after a step, and bytes kept in it."""
    values: Dict[str, Tensor]
    kept: int


def wake(model: nn.Module) -> None:
    """Give what trains values that let every gradient flow."""
    generator = torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(
                    torch.rand(parameter.shape, generator=generator) * .1)


def step(model: nn.Module, image: Tensor) -> StepResult:
    """Run forward and backward."""
    known = [*model.parameters(), *model.buffers(), image]
    torch.manual_seed(0)  # for what draws
    with LiveBytes(known) as live:
        outputs = model(image)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        values = {str(i): x.detach().clone() for i, x in enumerate(outputs)}
        loss = sum((x * x.detach()).mean() for x in outputs)
        held = sum(x.nbytes for x in values.values())
        del outputs
        kept = live.now - held
        loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad == (parameter.grad is not None), name
        if parameter.requires_grad:
            values[f'{name}.grad'] = parameter.grad
    values.update(model.named_buffers())
    return StepResult(values, kept)


def assert_same(first: Dict[str, Tensor], second: Dict[str, Tensor]) -> None:
    """Compare every bit."""
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name
