"""Pro-tuning and head retraining of a CNN."""
_base_ = ['./transfer_100e.py']
optim_wrapper = dict(
    optimizer=dict(
        type='SGD', lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4))
