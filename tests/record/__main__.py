"""Compare what two commits compute, bit for bit.

    python tests/record HEAD~1 --work-dir work_dirs/record

Each commit is recorded from its own worktree, over the rows of its table of
contracts, its configs, the cells of its tables and short trainings. A row of
this commit that the other one has not is told, and is no difference. Exits
with 1 if there is a difference.
"""
import argparse
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, Tuple

ROOT = Path(__file__).resolve().parent.parent.parent
# The last kind that is recorded: with its file a record is whole.
LAST = 'trainings'


def write(root: Path, folder: Path, checkpoints: Path) -> None:
    """Record a checkout; to be run in a process of its own."""
    import torch
    from models import of_configs, of_contracts
    from trainings import of_cells, of_trainings

    import protune_mm
    assert Path(protune_mm.__file__).parent.parent == root, root
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)
    kinds = {
        'rows': of_contracts(),
        'configs': of_configs(root),
        'cells': of_cells(root),
        LAST: of_trainings(root, folder, checkpoints)
    }
    for kind, rows in kinds.items():
        path = folder / f'{kind}.json'
        if path.exists():
            continue
        found = {}
        for name, value in rows:
            found[name] = value
            print(f'\r{len(found)} {kind}, {name[:60]:60}', end='', flush=True)
        path.write_text(json.dumps(found, indent=1))
    print()


@contextmanager
def worktree(commit: str, place: Path) -> Iterator[Path]:
    """Check a commit out for a while."""
    git = ['git', '-C', str(ROOT), 'worktree']
    subprocess.run([*git, 'add', '--force', '--detach', place, commit],
                   check=True)
    try:
        yield place
    finally:
        subprocess.run([*git, 'remove', '--force', place], check=True)


def record(commit: str, work_dir: Path, checkpoints: Path) -> Dict:
    """Return the record of a commit, made once."""
    folder = work_dir / commit
    if not (folder / f'{LAST}.json').exists():
        folder.mkdir(parents=True, exist_ok=True)
        with worktree(commit, folder / 'code') as code:
            env = dict(os.environ, PYTHONPATH=str(code), OMP_NUM_THREADS='1')
            subprocess.run([
                sys.executable, '-W', 'ignore',
                Path(__file__).parent, '--write', code, '--work-dir', folder,
                '--checkpoints', checkpoints
            ],
                           check=True,
                           env=env)
    found = {}
    for path in sorted(folder.glob('*.json')):
        found.update(json.loads(path.read_text()))
    return found


def compare(before: Dict, after: Dict) -> Tuple[list, list]:
    """Return what differs, and what only the second has."""
    differences = [
        name for name, value in before.items() if after.get(name) != value
    ]
    return differences, [name for name in after if name not in before]


def main() -> int:
    """Record two commits, compare them and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('commit', nargs='?', help='what to compare with')
    parser.add_argument('--work-dir', type=Path, required=True)
    parser.add_argument('--write', type=Path, help=argparse.SUPPRESS)
    parser.add_argument('--checkpoints', type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write(args.write, args.work_dir, args.checkpoints)
        return 0
    commits = [
        subprocess.run(['git', '-C', ROOT, 'rev-parse', '--short', name],
                       check=True,
                       capture_output=True,
                       text=True).stdout.strip()
        for name in (args.commit, 'HEAD')
    ]
    work_dir = args.work_dir.resolve()
    before = record(commits[0], work_dir, work_dir / commits[0])
    after = record(commits[1], work_dir, work_dir / commits[0])
    differences, new = compare(before, after)
    kinds = {name.split()[0] for name in before}
    for kind in sorted(kinds):
        rows = [name for name in before if name.split()[0] == kind]
        wrong = [name for name in differences if name in rows]
        print(f'{kind:10} {len(rows):6} rows {len(wrong):6} differences')
    print(f'{commits[0]} and {commits[1]}: {len(before)} rows, '
          f'{len(differences)} differences; {len(new)} rows are new')
    for name in differences:
        print(f'  {name}: {before[name]} -> {after.get(name)}'[:300])
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
