"""Compare what ways of tuning cost: time and memory of a training step.

    python tools/benchmark.py configs/demo/htc_protune_r18_digits.py
    python tools/benchmark.py configs/upernet_protune_r50_ade20k.py --batch 2
"""
from protune_mm.cli.benchmark import main

if __name__ == '__main__':
    main()
