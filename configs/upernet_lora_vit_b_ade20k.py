"""UPerNet, ViT-B with low-rank changes of attention (LoRA)."""
_base_ = ['./upernet_protune_vit_b_ade20k.py']

model = dict(
    backbone=dict(methods=[dict(type='LoRA', rank=8, targets='attention')]))
# Few parameters take larger steps than the whole of a ViT would.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(lora=dict(lr_mult=10.))))
