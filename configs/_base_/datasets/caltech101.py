"""Caltech-101: 30 images of 102 classes for training, 6,084 for testing."""
_base_ = ['./images_224.py']
num_classes = 102
_data = dict(type='Caltech101', data_root='data/caltech-101')
train_dataloader = dict(dataset=dict(split='train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
