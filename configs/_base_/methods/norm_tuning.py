"""Norm tuning: the norms of a frozen network train.

Source: https://arxiv.org/abs/2003.00152, of batch norms.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='NormTuning')])
