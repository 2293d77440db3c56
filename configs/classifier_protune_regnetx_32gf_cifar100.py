_base_ = [
    './_base_/models/regnetx_32gf.py', './_base_/datasets/cifar100.py',
    './_base_/schedules/cnn_frozen.py', './_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes)
model = dict(head=dict(num_classes=num_classes))
