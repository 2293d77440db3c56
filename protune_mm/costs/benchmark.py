"""Ways of tuning one model, measured side by side."""
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from typing import Callable, Dict, Hashable, List, Optional, Sequence

import torch
from mmengine.config import Config
from torch import nn

from protune_mm.errors import UserError
from protune_mm.progress import progress_bar
from .arms import (FINETUNE, PROTUNE, Arm, build_arm, compared_arms, heads_of,
                   is_tuned)
from .floor import floor_bytes
from .image_size import Size
from .peers import convert
from .round_robin import paired_ratio, round_robin
from .step import Step, count_step, growth
from .synthetic import full_sampling, synthetic_batch

PARTS = ('backbone', 'model')


@dataclass(frozen=True)
class Setup:
    """How to measure.

    Args:
        images (int): A batch's.
        size (tuple[int, int]): Their height and width in pixels.
        rounds (int): How often each step is timed. Default: 7.
        warm_up (int): How often each step runs before. Default: 2.
        device (str): Where. Default: 'cpu'.
        dtype (str): Other than 'float32' is torch's autocast. Default:
            'float32'.
        parts (Sequence[str]): 'backbone' and 'model' or one of them.
            Default: both.
        peer (str, optional): A package to compare with. Default: None.
        heads (str, optional): What neck and heads keep with Pro-tuning.
            Default: None, which means what the config says.
    """
    images: int
    size: Size
    rounds: int = 7
    warm_up: int = 2
    device: str = 'cpu'
    dtype: str = 'float32'
    parts: Sequence[str] = PARTS
    peer: Optional[str] = None
    heads: Optional[str] = None


@dataclass(frozen=True)
class BenchmarkRow:
    """A way of tuning a part of a model.

    Args:
        part (str): 'backbone' alone, or the whole 'model'.
        tuning (str): The way.
        step_s (float): Median time of forward and backward, in seconds.
        step_ratio (float): Median over rounds of its ratio to fine-tuning.
        step_spread (float): Standard deviation of that ratio.
        kept_bytes (int): Counted bytes between forward and backward.
        kept_ratio (float): Their ratio to fine-tuning.
        floor_bytes (float, optional): The least a backbone must keep for
            exact gradients; None if there are no prompt blocks.
        peak_bytes (int): The most counted bytes at once, gradients included.
        grows_bytes (int, optional): By how much memory grew in a step.
        forward_s (float): Median time of forward as in a test, in seconds.
        folded_s (float, optional): The same with folded norms. Default: None.
        images_per_s (float): Images that steps take in a second.
    """
    part: str
    tuning: str
    step_s: float
    step_ratio: float
    step_spread: float
    kept_bytes: int
    kept_ratio: float
    floor_bytes: Optional[float]
    peak_bytes: int
    grows_bytes: Optional[int]
    forward_s: float
    images_per_s: float
    folded_s: Optional[float] = None


class Benchmark:
    """Measures fine-tuning, head retraining and Pro-tuning in one run.

    Args:
        cfg (Config): A complete config with a backbone of this package.
        setup (Setup): How to measure.
        fold_norms (Callable, optional): Takes a model in eval mode, returns
            one with folded norms. Default: None.

    Raises:
        UserError: If the backbone is not one of this package, or a peer is
            not installed.
    """

    def __init__(
            self,
            cfg: Config,
            setup: Setup,
            fold_norms: Optional[Callable[[nn.Module],
                                          nn.Module]] = None) -> None:
        if not is_tuned(cfg):
            raise UserError(
                f'model.backbone.type={cfg.model.backbone.type} knows one way '
                'of tuning: name a backbone of this package, such as '
                'ProTuneResNet, to compare several.')
        self.cfg = cfg
        self.setup = setup
        self.fold_norms = fold_norms
        arms = compared_arms(setup.heads or heads_of(cfg))
        self.models = {arm.name: self._build(arm) for arm in arms}
        # All ways with prompts have the same.
        self.prompted = arms[-1].name
        if setup.peer:
            plain = self._build(PROTUNE[0])
            self.models[setup.peer] = convert(plain, setup.peer)

    def _build(self, arm: Arm) -> nn.Module:
        return build_arm(self.cfg, arm).to(self.setup.device)

    def _wait(self) -> None:
        if torch.device(self.setup.device).type == 'cuda':
            torch.cuda.synchronize(self.setup.device)

    def _steps(self, part: str) -> Dict[str, Step]:
        setup = self.setup
        return {
            name:
            Step(model,
                 synthetic_batch(self.cfg, model, setup.images, setup.size),
                 part, setup.dtype)
            for name, model in self.models.items()
        }

    def run(self) -> List[BenchmarkRow]:
        """Measure.

        Returns:
            list[BenchmarkRow]: A row a part and way.
        """
        setup = self.setup
        runs = 2 + setup.warm_up + setup.rounds * (2 + bool(self.fold_norms))
        total = len(setup.parts) * len(self.models) * runs
        with progress_bar(total=total, desc='steps', unit='step') as bar, \
                torch.random.fork_rng():
            return [
                row for part in setup.parts
                for row in self._run_part(part, bar.update)
            ]

    def _run_part(self, part: str, progress: Callable) -> List[BenchmarkRow]:
        setup, steps = self.setup, self._steps(part)
        counted, grown = {}, {}
        with ExitStack() as stack:
            for name, step in steps.items():
                stack.enter_context(full_sampling(step.model))
                torch.manual_seed(0)  # samplers draw
                counted[name] = count_step(step)
                progress()
                grown[name] = growth(step)
                progress()
                for _ in range(setup.warm_up):
                    step.run()
                    progress()
            trained = self._time(
                {
                    name: step.run
                    for name, step in steps.items()
                }, progress)
        tested, folded = self._infer(steps, progress)
        floor = floor_bytes(self.models[self.prompted].backbone,
                            steps[self.prompted].batch['inputs'])
        first = FINETUNE.name
        rows = []
        for name in steps:
            ratio = paired_ratio(trained[name], trained[first])
            middle = median(trained[name])
            rows.append(
                BenchmarkRow(part, name, middle, *ratio, counted[name].kept,
                             counted[name].kept / max(counted[first].kept, 1),
                             floor, counted[name].peak, grown[name],
                             median(tested[name]), setup.images / middle,
                             median(folded[name]) if folded[name] else None))
        return rows

    def _time(self, jobs: Dict[Hashable, Callable],
              progress: Callable) -> Dict[Hashable, List[float]]:
        return round_robin(jobs, self.setup.rounds, self._wait, progress)

    def _infer(self, steps: Dict[str, Step],
               progress: Callable) -> List[Dict[str, List[float]]]:
        """Time forward as in a test, without and with folded norms."""
        folded = {}
        if self.fold_norms:
            folded = {
                name: replace(step, model=self.fold_norms(step.model.eval()))
                for name, step in steps.items()
            }
        # All in one, so that what disturbs the machine disturbs both alike.
        kinds = (steps, folded)
        times = self._time(
            {
                (i, name): step.infer
                for i, kind in enumerate(kinds)
                for name, step in kind.items()
            }, progress)
        return [{
            name: times.get((i, name), [])
            for name in steps
        } for i in range(len(kinds))]
