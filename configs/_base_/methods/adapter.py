"""Adapters behind attention and FFN of a frozen transformer.

Source: https://arxiv.org/abs/1902.00751.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='Adapter', width=64)])
