"""Fine-tuning of the slim network, in whole or in part."""
_base_ = ['./slim_frozen.py']
optim_wrapper = dict(optimizer=dict(lr=3e-3))
