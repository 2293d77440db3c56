"""Recipe of detectors and segmentors that are fine-tuned, for few images.

The twin of `dense_frozen.py`.
"""
dense_finetune = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=1e-2),
    paramwise_cfg=dict(norm_decay_mult=0., bias_decay_mult=0.),
    clip_grad=dict(max_norm=10))
