"""CIFAR-100 at 224 px: 50,000 images for training, 10,000 for testing."""
_base_ = ['./cifar10.py']
num_classes = 100
_data = dict(type='CIFAR100', data_root='data/cifar100')
train_dataloader = dict(dataset=_data)
val_dataloader = dict(dataset=_data)
test_dataloader = val_dataloader
del _data
