"""SETR-PUP, ViT-L with low-rank changes of attention (LoRA)."""
_base_ = ['./setr_pup_protune_vit_l_ade20k.py']

model = dict(
    backbone=dict(methods=[dict(type='LoRA', rank=8, targets='attention')]))
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(lora=dict(lr_mult=10.))))
