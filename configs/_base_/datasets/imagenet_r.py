"""ImageNet-R: 30,000 images of 200 classes for testing.

Trained on the same classes of ImageNet. The paper does not say on what it
trains, its parameters tell that the head has 200 outputs.
"""
_base_ = ['./images_224.py']
num_classes = 200
train_dataloader = dict(
    dataset=dict(
        type='ImageNetSubset',
        subset='imagenet_r',
        data_root='data/imagenet',
        split='train'))
val_dataloader = dict(
    dataset=dict(type='ImageNetR', data_root='data/imagenet-r'))
test_dataloader = val_dataloader
