"""What a training holds whatever its batch, and what then fits."""
from typing import NamedTuple, Optional

from mmengine.config import Config
from torch import nn

# Numbers that optimizers remember of each parameter that trains.
STATES = dict(
    Adam=2,
    AdamW=2,
    Adamax=2,
    NAdam=2,
    RAdam=2,
    SGD=1,
    RMSprop=1,
    Adagrad=1,
    Lion=1)
MANY = 2  # of an optimizer that is not in the list


class Standing(NamedTuple):
    """Bytes that a training holds between its steps, and gradients.

    Args:
        weights (int): Parameters and buffers.
        gradients (int): Gradients of what trains.
        optimizer (int): What the optimizer remembers.
    """
    weights: int
    gradients: int
    optimizer: int

    @property
    def total(self) -> int:
        """int: All of them."""
        return sum(self)


def optimizer_states(cfg: Config) -> int:
    """Tell how many numbers the optimizer remembers of a parameter.

    Args:
        cfg (Config): A complete config.

    Returns:
        int: Their number.
    """
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer') or {}
    kind = optimizer.get('type', '')
    name = kind.split('.')[-1] if isinstance(kind, str) else kind.__name__
    if name == 'SGD' and not optimizer.get('momentum'):
        return 0
    return STATES.get(name, MANY)


def standing_bytes(cfg: Config, model: nn.Module) -> Standing:
    """Count what a training holds whatever its batch.

    Args:
        cfg (Config): A complete config, for its optimizer.
        model (nn.Module): The model.

    Returns:
        Standing: Its bytes.
    """
    weights = sum(x.nbytes for x in [*model.parameters(), *model.buffers()])
    trained = sum(x.nbytes for x in model.parameters() if x.requires_grad)
    return Standing(weights, trained, trained * optimizer_states(cfg))


def largest_batch(budget: int, standing: int, one: float,
                  two: float) -> Optional[int]:
    """Tell how many images fit.

    Args:
        budget (int): Bytes that there are.
        standing (int): Bytes held whatever the batch.
        one (float): Bytes that a step of one image keeps.
        two (float): Bytes that a step of two images keeps.

    Returns:
        int, optional: Their number, 0 if not one fits; None if images cost
        nothing.
    """
    if two <= one:
        return None
    return max(int((budget - standing - one) // (two - one)) + 1, 0)
