"""UPerNet, Swin-T with prompt tokens (Self-Prompt Tuning, deep)."""
_base_ = ['./upernet_vpt_swin_t_ade20k.py']

custom_hooks = [dict(type='SelfPromptInitHook', sampling='mean')]
