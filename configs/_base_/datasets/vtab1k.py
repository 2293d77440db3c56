"""A task of VTAB-1k, CIFAR-100: 1,000 images for training, 10,000 for testing.

Another task also needs its own ``num_classes``: TASKS of datasets/vtab1k.py.
Images become 224 x 224 pixels whatever their shape, as in the benchmark,
and are not augmented. SPT scales the short side and crops the centre instead.
"""
_base_ = ['./images_224.py']
num_classes = 100
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='Resize',
        scale=(224, 224),
        backend='pillow',
        interpolation='bicubic'),
    dict(type='PackInputs')
]
test_pipeline = train_pipeline

_data = dict(type='VTAB1k', data_root='data/vtab-1k', task='cifar')
train_dataloader = dict(
    batch_size=64,
    dataset=dict(split='train800val200', pipeline=train_pipeline, **_data))
val_dataloader = dict(
    batch_size=64, dataset=dict(split='test', pipeline=test_pipeline, **_data))
test_dataloader = val_dataloader
del _data
