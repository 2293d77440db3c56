"""How much two sets of vectors tell of each other."""
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def mutual_information(prompts: Tensor, tokens: Tensor,
                       bins: int) -> np.ndarray:
    """Compute the normalised mutual information of prompts and tokens.

    The channels of each vector are sorted by value into bins of equal count,
    and two vectors are compared by the bins of their channels, as two
    clusterings of the channels are: twice the mutual information over the sum
    of both entropies. It is 1 if one vector tells the bins of the other;
    independent vectors have about ``(bins - 1)^2 / (2 C ln(bins))``, 0.05 for
    16 bins and 768 channels.

    Args:
        prompts (Tensor): Shape ``(P, C)``.
        tokens (Tensor): Shape ``(T, C)``.
        bins (int): Bins of a vector.

    Returns:
        np.ndarray: Shape ``(P, T)``, from 0 to 1.
    """
    from scipy.stats import entropy

    def members(vectors: Tensor) -> Tensor:
        ranks = vectors.argsort(stable=True).argsort()
        return F.one_hot(ranks * bins // vectors.size(1), bins).double()

    counts = torch.einsum('pci,tcj->ptij', members(prompts),
                          members(tokens)).numpy()
    both = entropy(counts.reshape(*counts.shape[:2], -1), axis=-1)
    each = entropy(counts.sum(3), axis=-1) + entropy(counts.sum(2), axis=-1)
    return 2 * (each - both) / each
