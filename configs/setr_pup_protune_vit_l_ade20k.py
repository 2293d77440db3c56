"""SETR-PUP, ViT-L pro-tuned."""
_base_ = ['mmseg::setr/setr_vit-l_pup_8xb2-160k_ade20k-512x512.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
# The file has a bias of the patch embedding, which mmseg leaves out.
model = dict(backbone=dict(type='ProTuneViT', patch_bias=True))
# What is new takes larger steps, as the heads do.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(prompts=dict(lr_mult=10.))))
