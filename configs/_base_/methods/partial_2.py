"""Partial fine-tuning of the last two modules of the backbone."""
recipe = 'finetune'
method = dict(tuning='partial-2')
