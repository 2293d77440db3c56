"""Pro-tuning of a backbone that trains, too.

Source: https://arxiv.org/abs/2207.14381, Table 2.
"""
recipe = 'finetune'
method = dict(tuning='protune+finetune')
