"""Look into deltas, make, merge, publish and verify them.

    python tools/delta.py inspect work_dirs/x/epoch_12.pth
"""
from protune_mm.cli.delta import main

if __name__ == '__main__':
    main()
