"""NABirds: 23,929 images of 555 classes for training, 24,633 for testing."""
_base_ = ['./images_224.py']
num_classes = 555
_data = dict(type='NABirds', data_root='data/nabirds')
train_dataloader = dict(dataset=dict(split='train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
