"""ImageNet-R: 30,000 images of 200 classes, trained as for ImageNet-A."""
_base_ = ['./imagenet_a.py']
train_dataloader = dict(dataset=dict(subset='imagenet_r'))
val_dataloader = dict(
    dataset=dict(type='ImageNetR', data_root='data/imagenet-r'))
test_dataloader = val_dataloader
