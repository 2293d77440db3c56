"""LoRA: low-rank changes of the linear layers of attention.

Source: https://arxiv.org/abs/2106.09685.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='LoRA', rank=8)])
