"""A classifier of digits on photographs, which need no files.

    python tools/train.py configs/demo/classifier_protune_r18_digits.py
"""
_base_ = [
    '../_base_/models/resnet18_slim.py', '../_base_/datasets/digits.py',
    '../_base_/schedules/slim_frozen.py', '../_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes)
model = dict(head=dict(num_classes=num_classes))

# Schedule: minutes, not hours.
epochs, warm_up = 10, 1
train_cfg = dict(max_epochs=epochs, val_interval=epochs)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=warm_up)
param_scheduler[1].update(T_max=epochs - warm_up, begin=warm_up, end=epochs)
