"""What a step of training will keep, told in seconds and without data."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from mmengine.config import Config
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from protune_mm.execution import recompute_heads
from protune_mm.progress import progress_bar
from .arms import Arm, build_backbone
from .extrapolation import at_size, small_sizes
from .image_size import Size
from .parts import count_backbone, count_heads, gradient_pattern
from .standing import Standing, largest_batch, standing_bytes
from .synthetic import full_sampling, synthetic_batch

# What most backbones and necks halve an image to, at the end.
STRIDE = 64
# Of the RoIs of an image, as heads of RoIs take longest.
FEW = 1 / 32


class Prediction(NamedTuple):
    """What a step costs, foretold.

    Args:
        backbone (float): Bytes that the backbone keeps for backward.
        model (float): Bytes that the whole model keeps for backward.
        flops (float): FLOPs of forward and backward.
    """
    backbone: float
    model: float
    flops: float


class Foretold(NamedTuple):
    """What a way of tuning costs, for any number of images.

    Arrays of a backbone hold the bytes that it keeps alone, those together
    with what heads hold of its outputs, those outputs, and FLOPs; arrays of
    heads hold bytes kept and FLOPs.

    Args:
        fixed (np.ndarray): What the backbone costs whatever the batch.
        image (np.ndarray): What each image costs the backbone.
        heads (np.ndarray): What each image costs the heads.
        standing (Standing): What is held whatever the batch.
    """
    fixed: np.ndarray
    image: np.ndarray
    heads: np.ndarray
    standing: Standing

    def at(self, images: int) -> Prediction:
        """Return what a step costs.

        Args:
            images (int): Number of images in a batch.

        Returns:
            Prediction: Its costs.
        """
        alone, together, shared, flops = self.fixed + images * self.image
        kept, head_flops = images * self.heads
        return Prediction(alone, together + kept - shared, flops + head_flops)

    def fits(self, budget: int) -> Optional[int]:
        """Tell how many images fit into memory.

        Args:
            budget (int): Bytes that there are.

        Returns:
            int, optional: Their number; None if images keep nothing.
        """
        return largest_batch(budget, self.standing.total,
                             self.at(1).model,
                             self.at(2).model)


def padding_period(backbone: nn.Module) -> int:
    """Return after how many pixels a backbone pads its maps alike.

    Args:
        backbone (nn.Module): A backbone.

    Returns:
        int: A multiple of its stride; with windows, of theirs.
    """
    windows = [
        size for module in backbone.modules()
        if isinstance(size := getattr(module, 'window_size', None), int)
    ]
    return 32 * max(windows) if windows else STRIDE


def _is_fixed(backbone: nn.Module) -> bool:
    """Tell if a backbone knows images of one size only."""
    return getattr(backbone, 'pos_embed', None) is not None


class Predictor:
    """Measures small steps of a config's ways of tuning.

    Args:
        cfg (Config): A complete config.
        model (nn.Module): Its model in any way of tuning; the backbone gets
            exchanged.
        size (tuple[int, int]): Height and width of the images in pixels.
    """

    def __init__(self, cfg: Config, model: nn.Module, size: Size) -> None:
        self.cfg = cfg
        self.model = model
        self.size = size
        self.known: Dict[tuple, Tuple[np.ndarray, tuple]] = {}
        # Batch norm of one value an image, as in pooled maps, needs two.
        self.least = 1 + (
            min(size) < STRIDE or any(
                isinstance(module, _BatchNorm)
                for name, child in model.named_children() if name != 'backbone'
                for module in child.modules()))

    def _edges(self, period: int, least: int) -> Tuple[List[int], List[int]]:
        if _is_fixed(self.model.backbone):
            return [self.size[0]], [self.size[1]]
        return small_sizes(self.size, period, least)

    def _count_heads(self, pattern: Tuple[bool, ...], size: Size, share: float,
                     run_again: bool) -> Tuple[np.ndarray, tuple, float]:
        batch = synthetic_batch(self.cfg, self.model, self.least, size)
        with full_sampling(self.model, share) as part:
            costs = count_heads(self.model, batch, pattern, run_again)
        return costs.numbers / self.least, costs.keeps, part

    def _heads(self, pattern: Tuple[bool, ...],
               run_again: bool) -> Tuple[np.ndarray, tuple]:
        """Tell what an image costs heads, and which outputs they keep."""
        heights, widths = self._edges(STRIDE, 2 * STRIDE)
        small, large = (heights[0], widths[0]), (heights[-1], widths[-1])

        def count(size: Size, share: float) -> Tuple[np.ndarray, tuple, float]:
            return self._count_heads(pattern, size, share, run_again)

        first, keeps, part = count(small, FEW)
        full = first
        if small != large:
            # There are no windows, so that pixels decide.
            second, _, _ = count(large, FEW)
            pixels = [a * b for a, b in (small, large, self.size)]
            full = full + (second - first) * ((pixels[2] - pixels[0]) /
                                              (pixels[1] - pixels[0]))
        if part < 1:
            more, _, larger = count(small, 2 * part)
            full = full + (more - first) * ((1 - part) / (larger - part))
        return full, keeps

    def foretell(self, arm: Arm) -> Foretold:
        """Measure small steps of one way of tuning.

        Args:
            arm (Arm): The way.

        Returns:
            Foretold: What it costs, for any number of images.
        """
        # Samplers draw; the caller's random numbers stay as they were.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            if arm.tuning is not None:
                self.model.backbone = build_backbone(self.cfg, arm)
            recompute_heads(self.model, arm.heads)
            return self._foretell(self.model.backbone, arm.heads)

    def _foretell(self, backbone: nn.Module, memory: str) -> Foretold:
        heights, widths = self._edges(padding_period(backbone), STRIDE)
        small = heights[0], widths[0]
        # Batch norms that train need two images of a map of one pixel.
        few = 1 if min(small) >= STRIDE else 2
        pattern = gradient_pattern(backbone, self._images(few, small))
        key = pattern, memory
        if key not in self.known:
            self.known[key] = self._heads(pattern, memory != 'plain')
        heads, keeps = self.known[key]

        def count(size: Size, number: int = few) -> np.ndarray:
            return count_backbone(backbone, self._images(number, size), keeps)

        full = at_size(count, (heights, widths), self.size)
        fixed = 2 * count(small) - count(small, 2 * few)
        return Foretold(fixed, (full - fixed) / few, heads,
                        standing_bytes(self.cfg, self.model))

    def _images(self, number: int, size: Size) -> torch.Tensor:
        # Of these only the size matters.
        return torch.rand(
            number, 3, *size, generator=torch.Generator().manual_seed(0))


def predict(cfg: Config, model: nn.Module, arms: List[Arm],
            size: Size) -> Dict[Arm, Foretold]:
    """Tell what steps of ways of tuning cost.

    Args:
        cfg (Config): A complete config.
        model (nn.Module): Its model in any way of tuning.
        arms (list[Arm]): The ways.
        size (tuple[int, int]): Height and width of the images in pixels.

    Returns:
        dict[Arm, Foretold]: Of each way, for any number of images.
    """
    predictor = Predictor(cfg, model, size)
    backbone = model.backbone
    try:
        return {
            arm: predictor.foretell(arm)
            for arm in progress_bar(arms, desc='measuring', unit='way')
        }
    finally:
        model.backbone = backbone
        recompute_heads(model, 'plain')
