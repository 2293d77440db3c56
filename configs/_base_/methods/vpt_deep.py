"""Visual Prompt Tuning, deep: each block has prompt tokens of its own.

Source: https://arxiv.org/abs/2203.12119 and its code, which chooses
``prompt_length`` for each data set from 1, 5, 10, 50, 100 and 200: we do not.
"""
recipe = 'vpt'
preset = 'tokens'
method = dict(
    tuning='protune',
    prompt_depth='deep',
    prompt_length=10,
    prompt_dropout=0.1)
