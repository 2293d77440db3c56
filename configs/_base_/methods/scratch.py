"""Training of the whole network from random weights."""
recipe = 'scratch'
method = dict(tuning='scratch')
