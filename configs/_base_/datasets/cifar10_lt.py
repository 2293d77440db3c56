"""Long-tailed CIFAR-10: 12,406 or 13,996 images for training.

The test set is that of CIFAR-10. The other ratio of the paper is 50.
"""
_base_ = ['./cifar10.py']
train_dataloader = dict(
    dataset=dict(type='LongTailCIFAR10', imbalance_ratio=100))
