"""CIFAR-100-C: trained on CIFAR-100, tested on 950,000 corrupted images."""
_base_ = ['./cifar100.py']
test_pipeline = [
    *_base_.test_pipeline[:-1],
    dict(type='PackInputs', meta_keys=('corruption', 'severity'))
]
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CIFAR100C',
        data_root='data/CIFAR-100-C',
        pipeline=test_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='CorruptionAccuracy')
test_evaluator = val_evaluator
