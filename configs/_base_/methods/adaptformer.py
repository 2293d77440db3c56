"""AdaptFormer: bottlenecks beside attention and FFN, as Mona compares it.

Source: https://arxiv.org/abs/2205.13535.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune', methods=[dict(type='AdaptFormer', width=64)])
