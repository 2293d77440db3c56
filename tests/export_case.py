"""Models that are exported, with prompts that act, and tables read."""
import torch

from protune_mm.costs.arms import build_arm


def act(model):
    """Let every prompt of a model change its map, and maps the scores."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        if hasattr(model, 'head'):  # of a classifier: as if it had learned
            for value in model.head.parameters():
                value.mul_(20)
        for name, value in model.named_parameters():
            if '.prompts.' in name:
                value.add_(.1 * torch.randn(value.shape, generator=generator))
        for name, value in model.named_buffers():
            if name.endswith(('running_mean', 'running_var')):
                value.add_(.5 * torch.rand(value.shape, generator=generator))
    model.eval()
    return model


def acting(cfg):
    """The model of a config, in eval mode."""
    torch.manual_seed(0)
    return act(build_arm(cfg))


def save_acting(cfg, path):
    """A checkpoint of such a model, in a file."""
    torch.save(dict(state_dict=acting(cfg).state_dict()), path)
    return path


def rows(text):
    """Cells of the lines of all tables, by their names."""
    lines = [
        line.split('│')[1:-1] for line in text.splitlines() if '│' in line
    ]
    return {
        cells[0].strip(): [x.strip() for x in cells[1:]]
        for cells in lines
    }
