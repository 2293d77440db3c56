"""Recipe of detectors and segmentors with a frozen backbone, for few images.

For Pro-tuning and head retraining. A leaf takes it instead of the stock's:

    _base_ = ['mmdet::fcos/...', 'protune_mm::_base_/dense_frozen.py']
    optim_wrapper = dict(_delete_=True, **_base_.dense_frozen)
"""
dense_frozen = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=1e-2),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        bias_decay_mult=0.,
        # Prompts start at zero effect and have few steps to grow.
        custom_keys={'backbone.prompts': dict(lr_mult=4.)}),
    clip_grad=dict(max_norm=10))
