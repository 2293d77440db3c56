"""Train a model.

    python tools/train.py configs/htc_protune_r50_coco.py
"""
from protune_mm.cli.train import main

if __name__ == '__main__':
    main()
