"""FCN, Swin-T pro-tuned, with the recipe of UPerNet on Swin."""
_base_ = ['./upernet_protune_swin_t_ade20k.py']

# The auxiliary head is FCN's in small.
fcn_head = _base_.model.auxiliary_head
model = dict(
    # The only ones with a head: DDP wants a gradient for every norm.
    backbone=dict(out_indices=(2, 3)),
    auxiliary_head=dict(in_index=0),
    decode_head=dict(
        fcn_head,
        _delete_=True,
        in_channels=768,
        in_index=1,
        channels=512,
        num_convs=2,
        concat_input=True,
        loss_decode=dict(fcn_head.loss_decode, loss_weight=1.0)))
