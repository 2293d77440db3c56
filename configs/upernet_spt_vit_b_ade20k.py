"""UPerNet, ViT-B with prompt tokens (Self-Prompt Tuning, deep)."""
_base_ = ['./upernet_vpt_vit_b_ade20k.py']

custom_hooks = [dict(type='SelfPromptInitHook', sampling='mean')]
