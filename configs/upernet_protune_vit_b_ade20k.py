"""UPerNet, ViT-B pro-tuned."""
_base_ = ['mmseg::vit/vit_vit-b16_mln_upernet_8xb2-160k_ade20k-512x512.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
# The file has a bias of the patch embedding, which mmseg leaves out.
model = dict(
    pretrained=None,
    backbone=dict(
        type='ProTuneViT',
        patch_bias=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='pretrain/vit_base_patch16_224.pth')))
