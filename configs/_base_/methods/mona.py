"""Mona: bottlenecks with convolutions behind attention and FFN.

Source: https://arxiv.org/abs/2408.08345.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='Mona', width=64)])
