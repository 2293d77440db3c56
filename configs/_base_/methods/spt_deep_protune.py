"""Self-Prompt Tuning, deep, and the prompt blocks of Pro-tuning.

The blocks are where ProTuneViT has them: behind the patch embedding and a
block of each quarter.
"""
_base_ = ['./spt_deep.py']
method = dict(prompt_stages='default')
