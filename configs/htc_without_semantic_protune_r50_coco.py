"""HTC without semantics, ResNet-50 pro-tuned: needs no pixel maps."""
_base_ = ['mmdet::htc/htc-without-semantic_r50_fpn_1x_coco.py']

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(backbone=dict(type='ProTuneResNet'))
