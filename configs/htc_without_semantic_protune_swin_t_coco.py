"""HTC without the semantic branch, Swin-T pro-tuned."""
_base_ = [
    'mmdet::htc/htc-without-semantic_r50_fpn_1x_coco.py',
    './_base_/protune_swin.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(
    backbone=dict(_delete_=True, **_base_.protune_swin_t),
    neck=dict(in_channels=[96, 192, 384, 768]))
optim_wrapper = dict(_delete_=True, **_base_.protune_swin_optim_wrapper)
param_scheduler = _base_.protune_swin_param_scheduler
