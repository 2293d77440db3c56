_base_ = [
    './_base_/models/vit_base_mae.py', './_base_/datasets/cub.py',
    './_base_/schedules/prompt_spt.py', './_base_/classification.py'
]
num_classes = _base_.num_classes
data_preprocessor = dict(num_classes=num_classes)
model = dict(head=dict(num_classes=num_classes, init_cfg=_base_.head_init))
train_dataloader = dict(batch_size=32)
optim_wrapper = dict(optimizer=dict(lr=5e-2))
custom_hooks = [
    *_base_.custom_hooks,
    dict(type='SelfPromptInitHook', sampling='mean')
]
