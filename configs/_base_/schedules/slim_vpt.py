"""Visual Prompt Tuning of the slim ViT on the embedded digits: 20 epochs."""
_base_ = ['./prompt_vpt.py']
epochs, warm_up = 20, 2
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=warm_up)
param_scheduler[1].update(T_max=epochs - warm_up, begin=warm_up, end=epochs)
