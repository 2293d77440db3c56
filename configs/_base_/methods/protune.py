"""Pro-tuning: prompt blocks after the stages of a frozen backbone.

Source: https://arxiv.org/abs/2207.14381.
"""
recipe = 'frozen'
preset = 'blocks'
method = dict(tuning='protune')
# Prompts start at zero effect and have few steps to grow.
rate_multipliers = {'backbone.prompts': 4.}
