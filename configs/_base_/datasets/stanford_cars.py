"""Stanford Cars: 8,144 images for training, 8,041 for testing."""
_base_ = ['./images_224.py']
num_classes = 196
_data = dict(type='StanfordCars', data_root='data/Stanford_Cars')
train_dataloader = dict(dataset=dict(split='train', **_data))
val_dataloader = dict(dataset=dict(split='test', **_data))
test_dataloader = val_dataloader
del _data
