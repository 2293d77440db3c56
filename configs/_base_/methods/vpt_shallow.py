"""Visual Prompt Tuning, shallow: prompt tokens before the first block.

Source: as of vpt_deep.py.
"""
_base_ = ['./vpt_deep.py']
method = dict(prompt_depth='shallow', prompt_dropout=0.)
