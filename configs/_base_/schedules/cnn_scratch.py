"""Training of a CNN from random weights."""
_base_ = ['./transfer_200e.py']
optim_wrapper = dict(
    optimizer=dict(
        type='SGD', lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4))
