"""Fine-tuning; the backbone learns at a tenth of the rate of what is new."""
recipe = 'finetune'
method = dict(tuning='finetune')
rate_multipliers = dict(backbone=0.1)
