"""CIFAR-10 at 224 px: 50,000 images for training, 10,000 for testing."""
_base_ = ['./images_224.py']
num_classes = 10
data_preprocessor = dict(to_rgb=False)  # the arrays are RGB
_scaling = dict(
    type='Resize', scale=(224, 224), backend='pillow', interpolation='bicubic')
train_pipeline = [
    dict(type='RandomCrop', crop_size=32, padding=4),
    dict(type='RandomFlip', prob=0.5),
    dict(**_scaling),
    dict(type='PackInputs')
]
test_pipeline = [dict(**_scaling), dict(type='PackInputs')]
del _scaling

_data = dict(type='CIFAR10', data_root='data/cifar10')
train_dataloader = dict(
    dataset=dict(split='train', pipeline=train_pipeline, **_data))
val_dataloader = dict(
    dataset=dict(split='test', pipeline=test_pipeline, **_data))
test_dataloader = val_dataloader
del _data
