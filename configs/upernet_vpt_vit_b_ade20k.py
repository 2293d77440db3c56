"""UPerNet, ViT-B with prompt tokens (VPT-Deep)."""
_base_ = ['./upernet_protune_vit_b_ade20k.py']

model = dict(backbone=dict(type='PromptedViT', prompt_length=20))
# Few parameters take larger steps than the whole of a ViT would.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=10.))))
