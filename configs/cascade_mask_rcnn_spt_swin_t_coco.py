"""Cascade Mask R-CNN, Swin-T with prompt tokens (Self-Prompt Tuning, deep)."""
_base_ = ['./cascade_mask_rcnn_vpt_swin_t_coco.py']

custom_hooks = [dict(type='SelfPromptInitHook', sampling='mean')]
