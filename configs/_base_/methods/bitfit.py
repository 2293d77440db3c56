"""BitFit: the biases of a frozen network train.

Source: https://arxiv.org/abs/2106.10199.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='BitFit')])
