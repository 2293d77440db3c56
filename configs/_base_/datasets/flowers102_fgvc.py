"""Oxford 102 Flowers as VPT trains on them: 1,020 images for training.

The test set is that of flowers102.py; the 1,020 images of split 'val' are for
choosing hyper-parameters.
"""
_base_ = ['./flowers102.py']
train_dataloader = dict(dataset=dict(split='train'))
