"""Partial fine-tuning of the last module of the backbone."""
recipe = 'finetune'
method = dict(tuning='partial-1')
