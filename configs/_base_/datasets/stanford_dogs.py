"""Stanford Dogs: 12,000 images for training, 8,580 for testing.

ImageNet's training set holds all of them.
"""
_base_ = ['./images_224.py']
num_classes = 120
_data = dict(type='StanfordDogs', data_root='data/StanfordDogs')
train_dataloader = dict(dataset=dict(split='train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
