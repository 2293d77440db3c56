"""Visual Prompt Tuning: 100 epochs of SGD, 10 of them warm-up, then a cosine.

Source: https://arxiv.org/abs/2203.12119, section 4.1 and its code, which
chooses ``lr`` (here for batches of 256 images: mmengine scales it) and
``weight_decay`` for each data set. The values here are the middle of its grid.
Its code changes the rate once an epoch and runs the first epoch at a rate of
zero; here it changes with each iteration.
"""
_base_ = ['./transfer_100e.py']
epochs, warm_up = 100, 10
param_scheduler = _base_.param_scheduler
# Zero itself is refused.
param_scheduler[0].update(start_factor=1e-6, end=warm_up)
param_scheduler[1].update(T_max=epochs - warm_up, begin=warm_up)
auto_scale_lr = dict(base_batch_size=256, enable=True)
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=1.0, momentum=0.9, weight_decay=1e-3),
    # The head has the only bias that trains.
    paramwise_cfg=dict(bias_decay_mult=0.))
# Kaiming's normal of the fan-out; the bias is -log(99).
head_init = dict(type='Kaiming', layer='Linear', bias_prob=0.01)
