"""The small training with prompt tokens, and what a hook sees of them."""
from mmengine.hooks import Hook

from tests.small_training import small_config

LENGTH = 3


class FirstPrompts(Hook):
    """Keeps the prompts that training starts from, and its images."""

    priority = 'LOWEST'

    def __init__(self):
        self.images = []

    def before_train(self, runner):
        backbone = getattr(runner.model, 'module', runner.model).backbone
        self.prompts = [value.clone() for value in backbone.prompt_values()]

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.images.extend(x.numpy() for x in data_batch['inputs'])


def prompted_config(work_dir, *hooks, noise=True, length=None, **backbone):
    """The small config with prompts; without noise images are letters."""
    cfg = small_config(work_dir)
    cfg.model.backbone.update(
        type='PromptedViT',
        **dict(prompt_length=LENGTH, random_frozen=True) | backbone)
    cfg.custom_hooks = [dict(hook) for hook in hooks]
    dataset = cfg.train_dataloader.dataset
    if not noise:
        dataset.pipeline = dataset.pipeline[1:]
    dataset.length = length or dataset.length
    return cfg
