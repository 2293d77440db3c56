"""Self-Prompt Tuning of MoCo v3's weights, with the head they need."""
_base_ = ['./prompt_spt.py']
head_init = dict(std=0.01)
