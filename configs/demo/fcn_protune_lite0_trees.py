"""FCN on tree crowns in aerial photographs, on real weights of ImageNet.

    pip install protune_mm[demo]
    pip install --no-deps deepforest==2.1.0
    python tools/make_tree_crowns.py data/trees_ade20k --layout ade20k
    python tools/train.py configs/demo/fcn_protune_lite0_trees.py
"""
_base_ = ['./upernet_protune_lite0_trees.py']

# The auxiliary head is FCN's in small.
fcn_head = _base_.model.auxiliary_head
model = dict(
    # Dilated from a stride of 8 on, as FCN wants it.
    backbone=dict(output_stride=8),
    decode_head=dict(
        fcn_head,
        _delete_=True,
        in_channels=_base_.lite0_channels[3],
        in_index=3,
        num_convs=2,
        concat_input=True,
        loss_decode=dict(fcn_head.loss_decode, loss_weight=1.0)))
