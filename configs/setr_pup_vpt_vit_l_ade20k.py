"""SETR-PUP, ViT-L with prompt tokens (VPT-Deep)."""
_base_ = ['./setr_pup_protune_vit_l_ade20k.py']

model = dict(backbone=dict(type='PromptedViT', prompt_length=20))
