"""ViT-B/16 for prompt tokens; MAE's weights of 1,600 epochs, RGB images.

A head sees the mean over tokens, as in MAE's own fine-tuning.
"""
_base_ = ['./vit_base_mocov3.py']
model = dict(
    backbone=dict(
        out_type='avg_featmap',
        final_norm=False,
        init_cfg=dict(checkpoint='https://mmassets.onedl.ai/mmselfsup/1.x/mae/'
                      'mae_vit-base-p16_8xb512-fp16-coslr-1600e_in1k/'
                      'mae_vit-base-p16_8xb512-fp16-coslr-1600e_in1k_20220825-'
                      'f7569ca2.pth')))
