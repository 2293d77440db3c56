"""Trained on the embedded digits, tested on corrupted ones."""
_base_ = ['./digits.py']
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='DigitsC',
        data_root='data/digits_c',
        pipeline=[
            dict(type='PackInputs', meta_keys=('corruption', 'severity'))
        ]))
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, type='CorruptionAccuracy')
test_evaluator = val_evaluator
