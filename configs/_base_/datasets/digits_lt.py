"""Long-tailed embedded digits; the test set is that of digits.py."""
_base_ = ['./digits.py']
train_dataloader = dict(
    dataset=dict(type='LongTailDigits', imbalance_ratio=100))
