"""Pro-tuning: prompt blocks after the stages of a frozen backbone.

Source: https://arxiv.org/abs/2207.14381.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune')
