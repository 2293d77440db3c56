"""Long-tailed CIFAR-100: 10,847 or 12,608 images for training.

The test set is that of CIFAR-100. The other ratio of the paper is 50.
"""
_base_ = ['./cifar100.py']
train_dataloader = dict(
    dataset=dict(type='LongTailCIFAR100', imbalance_ratio=100))
