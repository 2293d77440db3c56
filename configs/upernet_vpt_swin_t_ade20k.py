"""UPerNet, Swin-T with prompt tokens (VPT-Deep)."""
_base_ = ['./upernet_protune_swin_t_ade20k.py']

model = dict(backbone=dict(type='PromptedSwin', prompt_length=20))
# Few parameters take larger steps than the whole of Swin would.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=10.))))
