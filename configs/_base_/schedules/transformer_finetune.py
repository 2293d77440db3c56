"""Fine-tuning of a transformer, in whole or in part; what is new, faster."""
_base_ = ['./transformer_frozen.py']
optim_wrapper = dict(
    optimizer=dict(lr=5e-5, weight_decay=0.05),
    paramwise_cfg=dict(
        custom_keys={
            # A key that matches switches the rules above off.
            'head.fc.weight': dict(lr_mult=10.),
            'head.fc.bias': dict(lr_mult=10., decay_mult=0.),
            'head.layers.head.weight': dict(lr_mult=10.),
            'head.layers.head.bias': dict(lr_mult=10., decay_mult=0.),
            'backbone.prompts': dict(lr_mult=10., decay_mult=0.),
            '.cls_token': dict(decay_mult=0.),
            '.pos_embed': dict(decay_mult=0.),
            '.relative_position_bias_table': dict(decay_mult=0.)
        }))
