"""Fine-tuning of UPerNet on tree crowns, to compare Pro-tuning with.

    python tools/make_tree_crowns.py data/trees_ade20k --layout ade20k
    python tools/train.py configs/demo/upernet_finetune_lite0_trees.py
"""
_base_ = ['./upernet_protune_lite0_trees.py', '../_base_/dense_finetune.py']

model = dict(backbone=dict(tuning='finetune'))
optim_wrapper = dict(_delete_=True, **_base_.dense_finetune)
