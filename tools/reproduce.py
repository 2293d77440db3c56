"""Run a table or figure of a paper, and print its numbers beside ours.

    python tools/reproduce.py table2 --backbone resnet50 --dataset pets
    python tools/reproduce.py table8 --data embedded   # nothing to download
    python tools/reproduce.py figure3 --dry-run        # only show what it runs
    python tools/reproduce.py fgvc --backbone vit_base_mae --sweep
    python tools/reproduce.py vtab --method spt-deep --dataset vtab_svhn
    python tools/reproduce.py methods --data embedded --jobs 2
    python tools/reproduce.py paradigms --data embedded --jobs 2

Tables and figures are those of Pro-tuning; fgvc and vtab are the benchmarks
of Visual Prompt Tuning and Self-Prompt Tuning; methods sets all methods side
by side, paradigms Pro-tuning, head retraining and fine-tuning on real
weights, each at the best rate of one grid. Seeds count from 0, those of
VTAB-1k too, for which VPT takes 42, 44, 82, 100 and 800.

Can be stopped and started again: what is done stays done.
"""
from protune_mm.reproduction.main import main

if __name__ == '__main__':
    main()
