"""A real runner on a toy model."""
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset


class Points(Dataset):
    """Eight numbers."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dict(inputs=torch.tensor([float(index)]))


class Toy(BaseModel):
    """One linear layer with a frozen bias."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 1)
        self.head.bias.requires_grad_(False)

    def forward(self, inputs, mode='tensor'):
        out = self.head(torch.stack(list(inputs)))
        return dict(loss=out.square().mean()) if mode == 'loss' else [out]


def toy_runner(work_dir, *hooks, **more):
    """Build a runner that trains two epochs of four iterations."""
    return Runner(
        model=Toy(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=Points(),
            batch_size=2,
            sampler=dict(type='DefaultSampler', shuffle=False)),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        custom_hooks=list(hooks),
        experiment_name=work_dir.name,
        **more)
