"""Self-Prompt Tuning: 100 epochs of AdamW, 10 of them warm-up, then a cosine.

Source: https://arxiv.org/abs/2402.02382 and its code's README, for batches of
32 images. The head has a weight decay of its own, 0.5 of MAE on CUB; those of
other data sets are not published but for 3.0 of Stanford Dogs. What weights
need beside is in vit_base_mae_spt.py and vit_base_mocov3_spt.py.
"""
_base_ = ['./transfer_100e.py']
epochs, warm_up = 100, 10
param_scheduler = _base_.param_scheduler
# Zero itself is refused.
param_scheduler[0].update(start_factor=1e-6, end=warm_up)
param_scheduler[1].update(T_max=epochs - warm_up, begin=warm_up, eta_min=1e-8)
batch_size = 32
auto_scale_lr = dict(base_batch_size=batch_size)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-2),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        bias_decay_mult=0.,
        flat_decay_mult=0.,
        # A key that matches switches the rules above off: not 'head'.
        custom_keys={
            'head.layers.head.weight': dict(decay_mult=50.),
            'head.fc.weight': dict(decay_mult=50.)
        }))
head_init = dict(type='TruncNormal', layer='Linear', std=0.02)
