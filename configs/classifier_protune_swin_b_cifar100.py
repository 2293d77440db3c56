_base_ = [
    './_base_/models/swin_base.py', './_base_/datasets/cifar100.py',
    './_base_/schedules/transformer_frozen.py', './_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes)
model = dict(head=dict(num_classes=num_classes))
