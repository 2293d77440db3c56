"""100 epochs on batches of 128: 5 of warm-up, then a cosine to zero.

The paper gives no recipe; the numbers of this folder are ours. The test set is
looked at once, when training ends.
"""
epochs, warm_up = 100, 5
train_cfg = dict(by_epoch=True, max_epochs=epochs, val_interval=epochs)
val_cfg = dict()
test_cfg = dict()
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        end=warm_up,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=epochs - warm_up,
        begin=warm_up,
        end=epochs,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=128)
