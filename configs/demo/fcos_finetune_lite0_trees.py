"""Fine-tuning of FCOS on tree crowns, to compare Pro-tuning with.

    python tools/make_tree_crowns.py data/trees
    python tools/train.py configs/demo/fcos_finetune_lite0_trees.py
"""
_base_ = ['./fcos_protune_lite0_trees.py', '../_base_/dense_finetune.py']

model = dict(backbone=dict(tuning='finetune'))
optim_wrapper = dict(_delete_=True, **_base_.dense_finetune)
