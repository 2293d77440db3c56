"""Clothing1M: 47,570 clean images for training, 10,526 for testing."""
_base_ = ['./images_224.py']
num_classes = 14
_data = dict(type='Clothing1M', data_root='data/Clothing1M')
train_dataloader = dict(dataset=dict(split='clean_train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
