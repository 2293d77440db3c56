"""SETR-PUP, ViT-L with prompt tokens (Self-Prompt Tuning, deep)."""
_base_ = ['./setr_pup_vpt_vit_l_ade20k.py']

custom_hooks = [dict(type='SelfPromptInitHook', sampling='mean')]
