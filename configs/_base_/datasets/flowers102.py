"""Oxford 102 Flowers: 2,040 images for training, 6,149 for testing."""
_base_ = ['./images_224.py']
num_classes = 102
_data = dict(type='Flowers102', data_root='data/Flowers102')
train_dataloader = dict(dataset=dict(split='trainval', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
