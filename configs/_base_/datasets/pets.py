"""Oxford-IIIT Pets: 3,680 images for training, 3,669 for testing."""
_base_ = ['./images_224.py']
num_classes = 37
_data = dict(type='OxfordIIITPet', data_root='data/Oxford-IIIT_Pets')
train_dataloader = dict(dataset=dict(split='trainval', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
