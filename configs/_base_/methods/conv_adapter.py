"""Conv-Adapter: bottlenecks beside the 3 x 3 convolutions of a frozen CNN.

Source: https://arxiv.org/abs/2208.07463.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(
    tuning='protune', methods=[dict(type='ConvAdapter', reduction=4)])
