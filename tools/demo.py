"""Train a small pro-tuned model on this machine, from nothing.

    python tools/demo.py             # detection with HTC, minutes on two cores
    python tools/demo.py upernet     # segmentation; also: fcn
    python tools/demo.py classifier  # names of digits
    python tools/demo.py --compare   # beside head retraining and fine-tuning
    python tools/demo.py --backbone r18  # needs no package of weights
"""
from protune_mm.cli.demo import main

if __name__ == '__main__':
    main()
