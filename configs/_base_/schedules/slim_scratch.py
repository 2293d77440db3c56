"""Training of the slim network from random weights."""
_base_ = ['./slim_frozen.py']
optim_wrapper = dict(optimizer=dict(lr=1e-2))
