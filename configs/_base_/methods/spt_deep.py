"""Self-Prompt Tuning, deep: prompts start as means of patch tokens.

Source: https://arxiv.org/abs/2402.02382 and its code.
"""
_base_ = ['./vpt_deep_adamw.py']
method_hooks = [dict(type='SelfPromptInitHook', sampling='mean')]
