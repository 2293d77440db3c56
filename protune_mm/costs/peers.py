"""Other packages that save memory, to compare with."""
from torch import nn

from protune_mm.errors import UserError

PEERS = ('memsave_torch', )


def convert(model: nn.Module, peer: str) -> nn.Module:
    """Let another package save memory in a model's backbone.

    Args:
        model (nn.Module): A detector, segmentor or classifier, changed in
            place.
        peer (str): One of :data:`PEERS`.

    Returns:
        nn.Module: The model.

    Raises:
        UserError: If the package is not installed.
    """
    try:
        from memsave_torch.nn import convert_to_memory_saving
    except ImportError:
        raise UserError(
            f'--peer {peer} needs that package: pip install '
            'git+https://github.com/plutonium-239/memsave_torch') from None
    model.backbone = convert_to_memory_saving(model.backbone)
    return model
