"""CIFAR-10-C: trained on CIFAR-10, tested on 950,000 corrupted images."""
_base_ = ['./cifar10.py']
test_pipeline = [
    *_base_.test_pipeline[:-1],
    dict(type='PackInputs', meta_keys=('corruption', 'severity'))
]
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CIFAR10C',
        data_root='data/CIFAR-10-C',
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='CorruptionAccuracy')
test_evaluator = val_evaluator
