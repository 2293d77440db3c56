"""FCN on digits in scenes: a dilated backbone and one convolutional head.

    python tools/make_digit_scenes.py data/digits_ade20k --layout ade20k
    python tools/train.py configs/demo/fcn_protune_r18_digits.py
"""
_base_ = ['./upernet_protune_r18_digits.py']

# The auxiliary head is FCN's in small.
fcn_head = _base_.model.auxiliary_head
model = dict(
    backbone=dict(dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1)),
    decode_head=dict(
        fcn_head,
        _delete_=True,
        in_channels=128,
        in_index=3,
        channels=64,
        num_convs=2,
        concat_input=True,
        loss_decode=dict(fcn_head.loss_decode, loss_weight=1.0)))
