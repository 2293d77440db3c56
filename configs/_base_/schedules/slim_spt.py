"""Self-Prompt Tuning of the slim ViT on the embedded digits: 20 epochs.

The learning rate is the best of 0.001, 0.003, 0.01 and 0.03 for prompts that
start at random (``vpt-deep-adamw``), on a tenth of the training set and with
seed 100, which no table uses.
"""
_base_ = ['./prompt_spt.py']
epochs, warm_up = 20, 2
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=warm_up)
param_scheduler[1].update(T_max=epochs - warm_up, begin=warm_up, end=epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-2))
