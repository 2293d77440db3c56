"""Tell what a training will need, in seconds and without its data.

    python tools/preflight.py configs/htc_protune_r50_coco.py --budget 8GiB
"""
from protune_mm.cli.preflight import main

if __name__ == '__main__':
    main()
