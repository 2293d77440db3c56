"""Embedded digits on photographs, 64 px: 1,347 for training, 450 for testing.

Nothing is downloaded. The images are BGR.
"""
_base_ = ['./images_224.py']
num_classes = 10
train_pipeline = [
    dict(type='RandomCrop', crop_size=64, padding=6),
    dict(type='PackInputs')
]
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    dataset=dict(type='DigitCrops', split='train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=150,
    num_workers=0,
    dataset=dict(
        type='DigitCrops', split='test', pipeline=[dict(type='PackInputs')]))
test_dataloader = val_dataloader
