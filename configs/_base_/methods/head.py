"""Head retraining: nothing of the backbone trains."""
recipe = 'frozen'
method = dict(tuning='head')
