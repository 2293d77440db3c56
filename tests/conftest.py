"""What every test needs: the mended stack, and quiet third parties."""
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# No test may reach for the network; weights come from tmp_path.
os.environ['HF_HUB_OFFLINE'] = '1'
sys.path.insert(0, str(ROOT))

import protune_mm  # noqa: E402, F401


@pytest.fixture(scope='session')
def root() -> Path:
    """Path: The repository."""
    return ROOT
