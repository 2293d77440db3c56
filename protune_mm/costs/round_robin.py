"""Times of several jobs that a busy machine disturbs alike."""
import time
from statistics import median, stdev
from typing import Callable, Dict, Hashable, List, NamedTuple, Sequence

Job = Callable[[], None]


def round_robin(jobs: Dict[Hashable, Job], rounds: int, wait: Job,
                progress: Job) -> Dict[Hashable, List[float]]:
    """Run jobs in turn, each once a round, and take their times.

    Each round begins with another job, so that none always follows the same
    one.

    Args:
        jobs (dict[Hashable, Callable]): By name.
        rounds (int): How often.
        wait (Callable): Waits until a device has done its work.
        progress (Callable): Called after each job.

    Returns:
        dict[Hashable, list[float]]: Seconds of each job, a number a round.
    """
    names = list(jobs)
    times: Dict[Hashable, List[float]] = {name: [] for name in names}
    for i in range(rounds):
        shift = i % len(names)
        for name in names[shift:] + names[:shift]:
            wait()
            start = time.perf_counter()
            jobs[name]()
            wait()
            times[name].append(time.perf_counter() - start)
            progress()
    return times


class Ratio(NamedTuple):
    """How two jobs compare.

    Args:
        middle (float): The median over rounds of the ratio of their times in
            the same round.
        spread (float): The standard deviation of that ratio, 0 of one round.
    """
    middle: float
    spread: float


def paired_ratio(times: Sequence[float], others: Sequence[float]) -> Ratio:
    """Compare times of two jobs round by round.

    Args:
        times (Sequence[float]): Of :func:`round_robin`.
        others (Sequence[float]): Those of the job to compare with.

    Returns:
        Ratio: How many times longer the first takes.
    """
    ratios = [a / b for a, b in zip(times, others)]
    return Ratio(median(ratios), stdev(ratios) if len(ratios) > 1 else 0.)
