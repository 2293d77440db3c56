"""300 epochs, as transfer_100e.py."""
_base_ = ['./transfer_100e.py']
epochs = 300
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=epochs - _base_.warm_up, end=epochs)
