"""UPerNet, Swin-T pro-tuned."""
_base_ = [
    'mmseg::swin/swin-tiny-patch4-window7-in1k-pre_upernet_8xb2-160k_ade20k-'
    '512x512.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
model = dict(backbone=dict(type='ProTuneSwin'))
