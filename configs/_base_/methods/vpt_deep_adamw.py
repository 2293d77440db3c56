"""What SPT-deep is compared with: all of it but its start."""
recipe = 'spt'
preset = 'tokens'
method = dict(
    tuning='protune', prompt_depth='deep', prompt_length=20, prompt_dropout=0.)
