"""Self-Prompt Tuning of MAE's weights, at the learning rate they need."""
_base_ = ['./prompt_spt.py']
optim_wrapper = dict(optimizer=dict(lr=5e-2))
