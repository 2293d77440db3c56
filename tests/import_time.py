"""How much longer importing protune_mm takes than importing the hosts.

    python tests/import_time.py  # pairs of processes, one after the other

Run by hand: a test of speed would fail whenever the machine is busy.
"""
import resource
import statistics
import subprocess
import sys
import time

HOSTS = 'import mmdet, mmseg, mmpretrain'
PAIRS = 10


def measure(code):
    """Seconds of the clock and of the processor that a new Python takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    start = time.perf_counter()
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    return wall, used - before


def main():
    both = f'{HOSTS}, protune_mm'
    for code in (HOSTS, both):  # the first import compiles
        measure(code)
    pairs = [(measure(HOSTS), measure(both)) for _ in range(PAIRS)]
    for i, clock in enumerate(('wall', 'user CPU')):
        hosts, ours = ([run[i] for run in runs] for runs in zip(*pairs))
        ratio = statistics.median(b / a for a, b in zip(hosts, ours))
        print(f'{clock}: hosts {statistics.median(hosts):.2f} s, with '
              f'protune_mm {statistics.median(ours):.2f} s, ratio {ratio:.3f}')


if __name__ == '__main__':
    main()
