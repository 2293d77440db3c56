"""Create a virtual environment with everything protune_mm needs.

Finished steps are stamped in the environment, so a run after an interruption
continues where it stopped and a run after success does nothing.
"""
import argparse
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH, MMCV = '2.13.0', '2.3.6'
TREES = 'deepforest==2.1.0'
# Steps that go on without what an index lacks.
OPTIONAL = ('project', 'trees')
WHEELS = 'https://download.pytorch.org/whl/'
# The pins of requirements.txt hold for the packages of every step.
PINS = ['-c', str(ROOT / 'requirements.txt')]
# An index out of reach must not cost minutes.
QUICK = ['--retries', '1', '--timeout', '15']
BUILD_TOOLS = 'ninja psutil wheel packaging numpy setuptools>=80,<81'.split()
# What the end of a log means to the user; the first match wins.
REMEDIES = [
    ('No space left', 'The disk is full: free 5 GB (20 GB with CUDA).'),
    ('Python.h', 'Python\'s headers are missing: apt install python3-dev'),
    ('libGL', 'OpenCV lacks a library: apt install libgl1 libglib2.0-0'),
    ('CUDA version', 'nvcc and torch differ in CUDA version: remove {venv} '
     'and choose a torch with TORCH="..." (see make help).'),
    ('Killed', 'Out of memory: compile with MAX_JOBS=1.'),
    ('No module named .mmcv._ext|undefined symbol',
     'mmcv came without its operators, or with those of another torch. '
     'Remove it and its cached wheel:\n  {venv}/bin/pip uninstall -y onedl-'
     'mmcv\n  {venv}/bin/pip cache remove "onedl_mmcv*"'),
    ('build stopped|Failed building', 'The compiler failed, see the log.'),
    ('onnection|timed out|name resolution|No matching distribution',
     'Not downloaded: check the network and any proxy.'),
]


def release(version):
    """``'2.13.0+cpu'`` -> ``(2, 13)``; of no version ``()``."""
    return tuple(int(number) for number in re.findall(r'\d+', version)[:2])


def version_in(python, name):
    """Version of distribution ``name`` that ``python`` sees, or ``''``."""
    code = f'from importlib.metadata import version; print(version("{name}"))'
    done = subprocess.run([python, '-c', code], capture_output=True, text=True)
    return done.stdout.strip()


def has_gpu():
    done = subprocess.run('nvidia-smi -L', shell=True, capture_output=True)
    return done.returncode == 0 and b'GPU' in done.stdout


def choose_torch(present, gpu, wanted=None):
    """Say what will be installed, and the pip arguments to try in turn."""
    if release(present) >= (2, 4):
        return f'PyTorch {present} is there, kept', []
    if wanted:
        return f'PyTorch: {wanted}', [shlex.split(wanted)]
    plain = [f'torch=={TORCH}']
    if gpu or sys.platform == 'darwin':
        return f'PyTorch {TORCH}', [plain]
    cpu = [f'torch=={TORCH}+cpu', '--extra-index-url', WHEELS + 'cpu', *QUICK]
    return 'PyTorch, CPU build', [cpu, plain]


def choose_torchvision(torch, present):
    """The torchvision built for the installed torch, which pip must keep."""
    if present:
        return f'torchvision {present} is there, kept', []
    major, minor = release(torch)
    # torchvision 0.28 belongs to torch 2.13, 0.26 to 2.11, and so on.
    args = [f'torchvision==0.{minor + 15}.*', f'torch=={torch}']
    if '+' in torch:  # such as 2.13.0+cpu
        args += ['--extra-index-url', WHEELS + torch.split('+')[1], *QUICK]
    return 'torchvision', [args]


def steps(venv, dev=False):
    """Table of (name, usual seconds, plan).

    A plan is made when its turn comes, as it looks at what is installed. It
    gives a title and the commands to try until one succeeds.
    """
    python = str(venv / 'bin' / 'python')
    pip = [python, '-m', 'pip', 'install', '--disable-pip-version-check']
    here = ['--no-build-isolation', '-e']

    def install(*args, check=None):
        command = shlex.join([*pip, *args])
        if check:
            command += f' && {shlex.quote(python)} -c "import {check}"'
        return ['sh', '-c', command]

    def plan_venv():
        command = [sys.executable, '-m', 'venv', str(venv)]
        # Keep a torch that is there, often the one of a GPU image.
        if release(version_in(sys.executable, 'torch')) >= (2, 4):
            command.append('--system-site-packages')
        return 'virtual environment', [command]

    def plan_torch():
        title, tries = choose_torch(
            version_in(python, 'torch'), has_gpu(), os.environ.get('TORCH'))
        return title, [install(*args, check='torch') for args in tries]

    def plan_torchvision():
        title, tries = choose_torchvision(
            version_in(python, 'torch'), version_in(python, 'torchvision'))
        return title, [install(*args, *PINS) for args in tries]

    def plan_mmcv():
        title = 'mmcv; compiles its operators once, pip keeps the wheel'
        nvcc = os.environ.get('CUDA_HOME') or shutil.which('nvcc')
        if has_gpu() and not nvcc:
            title += ' (no nvcc found, so without its GPU operators)'
        args = [f'onedl-mmcv=={MMCV}', '--no-build-isolation', *PINS]
        # pip also succeeds when the operators are left out.
        return title, [install(*args, check='mmcv._ext')]

    def plan(title, *args):
        return lambda: (title, [install(*args)])

    def plan_project():
        # An index that lacks the demo's weights must not stop anything.
        tries = [install(*here, what, *PINS) for what in ('.[demo]', '.')]
        return 'protune_mm, with weights for its demo', tries

    def plan_trees():
        # Its dependencies are many and not needed: only pictures are read.
        # An index that lacks it must not stop anything, either.
        tries = [install('--no-deps', TREES), ['true']]
        return 'pictures of trees, for data without a download', tries

    mmcv_time = max(60, 820 // os.cpu_count())  # 14 min of one core
    table = [
        ('venv', 5, plan_venv),
        ('torch', 60, plan_torch),
        ('tools', 10, plan('build tools', *BUILD_TOOLS, *PINS)),
        ('torchvision', 10, plan_torchvision),
        ('mmcv', mmcv_time, plan_mmcv),
        ('hosts', 60, plan('the OpenMMLab hosts', '-r', PINS[1])),
        ('project', 10, plan_project),
        ('trees', 10, plan_trees),
    ]
    dev_plan = plan('tools for tests', *here, '.[dev]', *PINS)
    return table + [('dev', 15, dev_plan)] if dev else table


def run(command, log, usual):
    """Run with output to ``log`` and a sign of life; returns the exit code."""
    # They replace Python's flags; without -O2 RoIAlign is 1.7 times slower.
    env = {'MAX_JOBS': str(os.cpu_count() or 1), **os.environ}
    env.update(MMCV_WITH_OPS='1', CFLAGS='-O2 -g0 -w')
    # torch compiles in parallel only if it finds the environment's ninja.
    env['PATH'] = f'{log.parent}/bin:{os.environ["PATH"]}'
    wait, end = (2, '\r') if sys.stdout.isatty() else (60, '\n')
    start = time.time()
    with open(log, 'a') as out:
        print(f'\n$ {shlex.join(command)}', file=out, flush=True)
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
        while process.poll() is None:
            try:
                process.wait(timeout=wait)
            except subprocess.TimeoutExpired:
                line = f'  {time.time() - start:.0f} of about {usual} s '
                print(line, end=end, flush=True)
    return process.returncode


def explain(name, log, venv):
    """What failed, the end of the log and what to do."""
    output = log.read_text(errors='replace').rpartition('\n$ ')[2]
    text = '\n'.join(output.splitlines()[-15:])
    found = [hint for mark, hint in REMEDIES if re.search(mark, text)]
    hint = [*found, 'Check network, disk and compiler.'][0].format(venv=venv)
    return (f'Step "{name}" failed. The end of {log}:\n\n{text}\n\n{hint}\n'
            'Then run the same command again: it continues here.')


def fingerprint():
    """Changes whenever what would be installed may change."""
    files = ROOT / 'requirements.txt', ROOT / 'pyproject.toml', Path(__file__)
    text = b''.join(file.read_bytes() for file in files)
    return hashlib.sha256(text).hexdigest()


def set_up(venv, dev=False, table=None, run=run):
    """Do the steps that are missing; returns the exit code."""
    table = table or steps(venv, dev)
    stamp, log = venv / 'setup.json', venv / 'setup.log'
    state = json.loads(stamp.read_text()) if stamp.exists() else {}
    if state.get('key') != fingerprint():
        state = dict(key=fingerprint(), done=[])
    complete = all(name in state['done'] for name, _, _ in table)
    if not complete and missing_tools(state['done']):
        sys.exit(missing_tools(state['done']))
    venv.mkdir(parents=True, exist_ok=True)
    for i, (name, usual, plan) in enumerate(table, 1):
        if name in state['done']:
            continue
        start = time.time()
        title, commands = plan()
        print(f'[{i}/{len(table)}] {title} (about {usual} s) ...', flush=True)
        for command in commands:
            if run(command, log, usual) == 0:
                break
            if command is commands[-1]:
                print(explain(name, log, venv), file=sys.stderr)
                return 1
            print('  not available; trying the default build, or without')
        # What an index lacked today, it may have tomorrow.
        if name not in OPTIONAL or command is commands[0]:
            state['done'].append(name)
        log.with_suffix('.part').write_text(json.dumps(state))
        log.with_suffix('.part').replace(stamp)
        print(f'  done in {time.time() - start:.0f} s     ', flush=True)
    print(f'{venv} is ready.')
    return 0


def missing_tools(done=()):
    """What this machine lacks for the steps not done, or None."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        return ('protune_mm needs Python 3.10 to 3.13; choose one as in: '
                'make setup PYTHON=python3.11')
    if importlib.util.find_spec('ensurepip') is None:
        return 'Python\'s venv module is missing: apt install python3-venv'
    compilers = os.environ.get('CXX', 'c++').split()[:1] + ['g++', 'clang++']
    if not any(map(shutil.which, compilers)):
        lack = 'mmcv needs a C++ compiler: apt install g++'
    elif not Path(sysconfig.get_path('include'), 'Python.h').exists():
        lack = 'mmcv needs Python\'s headers: apt install python3-dev'
    else:
        return None
    # Neither is needed for a wheel that pip kept.
    cache = [sys.executable, '-m', 'pip', 'cache', 'list', 'onedl_mmcv']
    cached = subprocess.run(cache, capture_output=True, text=True).stdout
    return None if 'mmcv' in done or MMCV in cached else lack


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--venv', default='.venv', help='where to create it')
    parser.add_argument('--dev', action='store_true', help='add test tools')
    args = parser.parse_args()
    try:
        return set_up(Path(args.venv).absolute(), args.dev)
    except KeyboardInterrupt:
        sys.exit('\nInterrupted; run it again to continue with this step.')


if __name__ == '__main__':
    sys.exit(main())
