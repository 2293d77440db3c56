"""Training of a transformer from random weights."""
_base_ = ['./transfer_300e.py']
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
    paramwise_cfg=dict(
        norm_decay_mult=0.,
        bias_decay_mult=0.,
        flat_decay_mult=0.,
        custom_keys={
            '.cls_token': dict(decay_mult=0.),
            '.pos_embed': dict(decay_mult=0.),
            '.relative_position_bias_table': dict(decay_mult=0.)
        }),
    clip_grad=dict(max_norm=5.0))
