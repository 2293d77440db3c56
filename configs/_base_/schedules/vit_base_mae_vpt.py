"""Visual Prompt Tuning of MAE's weights.

In VPT's code the norm of the mean is a new one, not that of pre-training.
"""
_base_ = ['./prompt_vpt.py']
method_of_weights = dict(encoder_norm=False)
