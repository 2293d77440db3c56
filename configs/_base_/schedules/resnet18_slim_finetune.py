"""Fine-tuning of the slim network, in whole or in part."""
_base_ = ['./resnet18_slim_frozen.py']
optim_wrapper = dict(optimizer=dict(lr=3e-3))
