"""What `import protune_mm` brings with it; how long: tests/import_time.py."""
import json
import sys

from tests.command_line import ROOT
from tests.installation import run


def test_what_importing_brings():
    """No more than the hosts' names: theirs come when they are needed."""
    code = """
import json, sys
import mmdet, mmseg, mmpretrain
before = set(sys.modules)
import protune_mm
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    printed = run(sys.executable, '-W', 'ignore', '-c', code, cwd=ROOT)
    new = set(json.loads(printed.splitlines()[-1]))
    assert 'protune_mm.models' in new
    heavy = {
        f'{host}.{part}'
        for host in ('mmdet', 'mmseg', 'mmpretrain')
        for part in ('models', 'datasets', 'evaluation')
    }
    heavy |= {
        'torchvision', 'sklearn', 'matplotlib', 'scipy', 'rich', 'pycocotools'
    }
    assert not new & heavy
