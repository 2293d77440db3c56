"""DeiT-B, pro-tuned; the weights of DeiT's authors, trained on RGB images."""
_base_ = ['./deit_small.py']
model = dict(
    backbone=dict(
        arch='deit-base',
        drop_path_rate=0.1,
        init_cfg=dict(
            checkpoint='https://mmassets.onedl.ai/mmclassification/v0/'
            'deit/deit-base_3rdparty_pt-16xb64_in1k_20211124-6f40c188.pth')),
    head=dict(in_channels=768))
