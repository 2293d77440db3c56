"""CIFAR-100-C: trained on CIFAR-100, tested on 950,000 corrupted images."""
_base_ = ['./cifar10_c.py']
num_classes = 100
train_dataloader = dict(
    dataset=dict(type='CIFAR100', data_root='data/cifar100'))
val_dataloader = dict(
    dataset=dict(type='CIFAR100C', data_root='data/CIFAR-100-C'))
test_dataloader = val_dataloader
