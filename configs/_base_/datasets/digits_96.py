"""Embedded digits, scaled to 96 px: 1,347 for training, 450 for testing.

For backbones that know images of 224 px. Nothing is downloaded. The images are
BGR.
"""
_base_ = ['./digits.py']
scaling = dict(type='Resize', scale=96, interpolation='bicubic')
train_pipeline = [_base_.train_pipeline[0], scaling, dict(type='PackInputs')]
test_pipeline = [scaling, dict(type='PackInputs')]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
