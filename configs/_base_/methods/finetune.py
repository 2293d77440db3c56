"""Fine-tuning: the whole network trains."""
recipe = 'finetune'
method = dict(tuning='finetune')
