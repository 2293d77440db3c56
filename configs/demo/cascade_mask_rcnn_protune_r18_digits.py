"""Cascade Mask R-CNN on digits in scenes: the demo's HTC without its extras.

    python tools/make_digit_scenes.py data/digits
    python tools/train.py configs/demo/cascade_mask_rcnn_protune_r18_digits.py
"""
_base_ = ['./htc_protune_r18_digits.py']

_htc = _base_.model.roi_head
model = dict(
    type='CascadeRCNN',
    roi_head=dict(
        _delete_=True,
        type='CascadeRoIHead',
        num_stages=3,
        stage_loss_weights=[1, 0.5, 0.25],
        bbox_roi_extractor=_htc.bbox_roi_extractor,
        bbox_head=_htc.bbox_head,
        mask_roi_extractor=_htc.mask_roi_extractor,
        mask_head=dict(
            type='FCNMaskHead',
            num_convs=2,
            in_channels=_base_.width,
            conv_out_channels=_base_.width,
            num_classes=10,
            loss_mask=dict(type='CrossEntropyLoss', use_mask=True))))
del _htc
