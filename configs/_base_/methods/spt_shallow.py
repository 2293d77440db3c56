"""Self-Prompt Tuning, shallow: prompts start as patch tokens, drawn at random.

Source: https://arxiv.org/abs/2402.02382 and its code.
"""
_base_ = ['./vpt_deep_adamw.py']
method = dict(prompt_depth='shallow', prompt_length=100)
method_hooks = [dict(type='SelfPromptInitHook', sampling='random')]
