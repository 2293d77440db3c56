"""UPerNet, ViT-B of DINOv2 pro-tuned."""
_base_ = [
    'mmseg::vit/vit_vit-b16_mln_upernet_8xb2-160k_ade20k-512x512.py',
    './_base_/dense_vit.py'
]

custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
crop_size = (518, 518)  # 37 x 37 patches of 14 px
model = dict(
    pretrained=None,
    # Of an image of any size, no patch is cut.
    data_preprocessor=dict(
        size=crop_size,
        test_cfg=dict(size_divisor=_base_.dinov2_b.patch_size)),
    backbone=dict(_delete_=True, **_base_.dinov2_b))
train_pipeline = [
    dict(step, crop_size=crop_size) if step.type == 'RandomCrop' else step
    for step in _base_.train_pipeline
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
