"""Test a trained model.

    python tools/test.py configs/htc_protune_r50_coco.py epoch_12.pth
"""
from protune_mm.cli.test import main

if __name__ == '__main__':
    main()
