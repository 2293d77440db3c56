"""Fine-tuning of a CNN, in whole or in part; what is new learns faster."""
_base_ = ['./cnn_frozen.py']
optim_wrapper = dict(
    optimizer=dict(lr=0.01, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys={
        'head': dict(lr_mult=10.),
        'backbone.prompts': dict(lr_mult=10.)
    }))
