"""SSF: scales and shifts of what layers of a frozen network return.

Source: https://arxiv.org/abs/2210.08823.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='SSF')])
