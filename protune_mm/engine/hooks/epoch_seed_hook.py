"""Makes an epoch depend on the seed and its number alone."""
import numpy as np
from mmengine.hooks import Hook
from mmengine.registry import FUNCTIONS, HOOKS
from mmengine.runner import Runner, set_random_seed


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed every random source anew before each epoch.

    So a training that was interrupted and resumed at the end of an epoch sees
    the same images, cut in the same way, as one that ran through; mmengine
    keeps optimizer and schedules in its checkpoints, but no random state.
    Loaders with workers need ``worker_init_fn=dict(type='seed_worker')`` and
    must not have ``persistent_workers``.
    """

    priority = 'VERY_HIGH'

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed Python, numpy and torch.

        Args:
            runner (Runner): The runner; its seed and epoch count.
        """
        state = np.random.SeedSequence((runner.seed, runner.epoch))
        set_random_seed(
            int(state.generate_state(1)[0] // 2), diff_rank_seed=True)


@FUNCTIONS.register_module()
def seed_worker(worker_id: int) -> None:
    """Leave a worker of a loader the seeds that torch gives it.

    They follow from the epoch's state; mmengine would seed it anew from the
    run's seed, alike in each epoch.

    Args:
        worker_id (int): Number of the worker; torch has counted it in.
    """
