"""Mask R-CNN, ViT-B of MAE with prompt tokens (VPT-Deep)."""
_base_ = ['./mask_rcnn_protune_vit_b_coco.py']

model = dict(backbone=dict(type='mmpretrain.PromptedViT', prompt_length=20))
# Few parameters take larger steps than the whole of a ViT would.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=10.))))
