"""Prototypes of patch tokens, built batch by batch.

Self-Prompt Tuning starts prompts from them. Source: Wang et al., "Revisiting
the Power of Prompt for Visual Tuning", https://arxiv.org/abs/2402.02382, and
the code the authors published.
"""
import torch
from torch import Tensor
from torch.nn import functional as F

from protune_mm.errors import UserError

# Tokens of a batch of k-means, at least.
BATCH = 1024


class RandomPrototypes:
    """Tokens drawn at random over images and positions.

    A token that occurs many times is as likely to be drawn as it is frequent,
    but it is drawn once: equal prompts would get equal gradients and stay
    equal for ever, and the patches of an even background are equal in the
    first layer. The published code keeps equal ones.

    No more is kept than the prototypes and a batch.

    Args:
        number (int): Prototypes to build, P.
        seed (int): Seed of the draw.
    """

    unit = 'tokens'

    def __init__(self, number: int, seed: int) -> None:
        self.number = number
        self._generator = torch.Generator().manual_seed(seed)
        self._rows = torch.empty(0)
        self._keys = torch.empty(0, dtype=torch.float64)
        self._limit = float('inf')

    def candidates(self, tokens: Tensor) -> Tensor:
        """Turn the tokens of images into what is drawn from.

        Args:
            tokens (Tensor): Patch tokens ``(B, N, C)``.

        Returns:
            Tensor: Candidates ``(B, M, C)``.
        """
        return tokens

    def add(self, tokens: Tensor) -> None:
        """Take a batch of images into account.

        Args:
            tokens (Tensor): Patch tokens of one layer ``(B, N, C)``; N may
                differ between calls.
        """
        rows = self.candidates(tokens.float()).flatten(0, 1)
        # The candidates with the smallest of random keys are a uniform draw
        # without replacement, whatever their order and number.
        keys = torch.rand(
            len(rows), generator=self._generator, dtype=torch.float64)
        chosen = keys < self._limit
        keys = torch.cat((self._keys, keys[chosen]))
        rows = rows[chosen.to(rows.device)].cpu()
        rows = torch.cat((self._rows, rows))
        rows, places = rows.unique(dim=0, return_inverse=True)
        keys = keys.new_full(
            (len(rows), ),
            float('inf')).scatter_reduce(0, places, keys, 'amin')
        self._keys, order = keys.sort()
        self._keys = self._keys[:self.number]
        self._rows = rows[order[:self.number]]
        if len(self._keys) == self.number:
            self._limit = self._keys[-1]

    def result(self) -> Tensor:
        """Return the prototypes.

        Returns:
            Tensor: Prototypes ``(P, C)``, float32 on the CPU, no two equal.

        Raises:
            UserError: If there were fewer different candidates than P.
        """
        _check_enough(len(self._rows), self.unit, self.number)
        return self._rows


class MeanPrototypes(RandomPrototypes):
    """Means over windows of consecutive tokens, drawn at random.

    An image has as many windows as there are prototypes, and P of all images'
    windows are drawn. As in the published code, P - 1 windows have
    ``N // (P - 1)`` tokens and the last one the rest: for P = 20 and N = 196
    they have 10 and 6. Where such windows do not fit, there are min(P, N)
    windows of even size instead: the published code then leaves tokens out
    (P = 30), takes the whole image as the last window (P = 15, 50 or 100) or
    fails (P = 1, or P > N + 1).

    Args:
        number (int): Prototypes to build, P.
        seed (int): Seed of the draw.
    """

    unit = 'windows'
    _pool = staticmethod(F.avg_pool1d)
    _pool_evenly = staticmethod(F.adaptive_avg_pool1d)

    def candidates(self, tokens: Tensor) -> Tensor:
        """Pool each image's tokens over its windows.

        Args:
            tokens (Tensor): Patch tokens ``(B, N, C)``.

        Returns:
            Tensor: A vector a window ``(B, min(P, N), C)``.
        """
        length = tokens.size(1)
        size = max(length // max(self.number - 1, 1), 1)
        sequence = tokens.transpose(1, 2)
        if -(-length // size) == self.number:
            pooled = self._pool(sequence, size, ceil_mode=True)
        else:
            pooled = self._pool_evenly(sequence, min(self.number, length))
        return pooled.transpose(1, 2)


class MaxPrototypes(MeanPrototypes):
    """As :class:`MeanPrototypes`, but the maximum of each channel.

    Args:
        number (int): Prototypes to build, P.
        seed (int): Seed of the draw.
    """

    _pool = staticmethod(F.max_pool1d)
    _pool_evenly = staticmethod(F.adaptive_max_pool1d)


class KMeansPrototypes:
    """Centres of all tokens by mini-batch k-means.

    The authors did not publish how they clustered. A batch of k-means is of
    at least 1,024 tokens, and the first one of P different ones, each of which
    counts once.

    Args:
        number (int): Prototypes to build, P.
        seed (int): Seed of the first centres.
    """

    unit = 'tokens'

    def __init__(self, number: int, seed: int) -> None:
        from sklearn.cluster import MiniBatchKMeans
        self.number = number
        # Small clusters stay: a new place, drawn at random, would often be a
        # token of an even background, equal to one that is a centre already.
        self._kmeans = MiniBatchKMeans(
            number, random_state=seed, reassignment_ratio=0)
        self._rows = torch.empty(0)  # that wait for a batch
        self._different = 0

    def add(self, tokens: Tensor) -> None:
        """Take a batch of images into account.

        Args:
            tokens (Tensor): Patch tokens of one layer ``(B, N, C)``; N may
                differ between calls.
        """
        rows = tokens.float().flatten(0, 1).cpu()
        self._rows = torch.cat((self._rows, rows))
        if len(self._rows) >= BATCH:
            self._fit()

    def _fit(self) -> None:
        if self._different < self.number:
            self._rows = self._rows.unique(dim=0)
            self._different = len(self._rows)
        if self._different >= self.number:
            self._kmeans.partial_fit(self._rows.numpy())
            self._rows = torch.empty(0)

    def result(self) -> Tensor:
        """Return the prototypes.

        Returns:
            Tensor: Centres ``(P, C)``, float32 on the CPU.

        Raises:
            UserError: If there were fewer different tokens than P.
        """
        if len(self._rows):
            self._fit()
        _check_enough(self._different, self.unit, self.number)
        return torch.from_numpy(self._kmeans.cluster_centers_)


def _check_enough(found: int, unit: str, number: int) -> None:
    if found < number:
        raise UserError(
            f'The images drawn hold {found} different {unit}, too few for '
            f'{number} prompts: draw more images (num_images) or take fewer '
            'prompts (prompt_length).')


PROTOTYPES = {
    'random': RandomPrototypes,
    'mean': MeanPrototypes,
    'max': MaxPrototypes,
    'kmeans': KMeansPrototypes,
}
