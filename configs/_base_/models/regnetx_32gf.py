"""RegNetX-32GF, pro-tuned; torchvision's weights, trained on RGB images."""
_base_ = ['./resnet50.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='ProTuneRegNet',
        # mmpretrain knows the architecture, but not this size of it.
        arch=dict(
            w0=320, wa=69.86, wm=2.0, group_w=168, depth=23, bot_mul=1.0),
        init_cfg=dict(
            type='Pretrained', checkpoint='torchvision://regnet_x_32gf')),
    head=dict(in_channels=2520))
