"""Finds the hosts' configs that ours start from, before tools ask for them.

mmengine parses all metafiles of a package for each, half a second.
"""
import re
from pathlib import Path

from mmengine.config import Config

import protune_mm  # noqa: F401

CONFIGS = Path(__file__).parent.parent / 'configs'

for name in sorted({
        name
        for path in CONFIGS.rglob('*.py')
        for name in re.findall(r"'(mm\w+::[^']+\.py)'", path.read_text())
}):
    Config._get_cfg_path(name, '')
