"""What all classification runs share."""
_base_ = ['mmpretrain::_base_/default_runtime.py']
custom_imports = dict(imports=['protune_mm'], allow_failed_imports=False)
custom_hooks = [dict(type='EpochSeedHook')]  # a resumed run is the same run
default_hooks = dict(checkpoint=dict(max_keep_ckpts=2))
