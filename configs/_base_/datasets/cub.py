"""CUB-200-2011: 5,994 images of birds for training, 5,794 for testing."""
_base_ = ['./images_224.py']
num_classes = 200
_data = dict(type='CUB', data_root='data/CUB_200_2011')
train_dataloader = dict(dataset=dict(split='train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
