"""Write a trained classifier or segmentor as a file for onnxruntime.

    python tools/export.py configs/upernet_protune_r50_ade20k.py iter_80000.pth
"""
from protune_mm.cli.export import main

if __name__ == '__main__':
    main()
