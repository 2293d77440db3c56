"""What every test needs: the mended stack, and quiet third parties."""
import ctypes
import gc
import os
import sys
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

ROOT = Path(__file__).parent.parent
# Beside another process, two threads on two cores wait for each other: such
# tests take five times the processor time.
os.environ.setdefault('OMP_NUM_THREADS', '1')
# glibc would keep what large tensors leave, in pieces that no other fits, and
# a process grows to 15 GB. Option -3: from this size on, memory is given back.
if hasattr(ctypes.CDLL(None), 'mallopt'):
    ctypes.CDLL(None).mallopt(-3, 2**20)
# No test may reach for the network; weights come from tmp_path.
os.environ['HF_HUB_OFFLINE'] = '1'
sys.path.insert(0, str(ROOT))

import protune_mm  # noqa: E402, F401
from tests import format_once  # noqa: E402, F401

# Whoever gets one of these last would leave the other process without work.
LONG_FILES = ('test_wheel', 'test_dense_prediction', 'test_contracts',
              'test_campaign', 'test_resume', 'test_dist_train', 'test_setup',
              'test_configs', 'test_reproduce', 'test_repeatable_hook',
              'test_params_table', 'test_distributed', 'test_memory',
              'test_prediction', 'test_preflight', 'test_serve')


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest."""
    items.sort(key=lambda item: item.path.stem not in LONG_FILES)


def pytest_collection_finish():
    """Spare what was imported, a million objects, later collections.

    mmengine collects garbage with each data set that it loads.
    """
    gc.freeze()


@pytest.fixture(scope='session')
def root() -> Path:
    """Path: The repository."""
    return ROOT


@pytest.fixture(autouse=True)
def own_scope():
    """No test finds classes in a scope that another one has left."""
    with DefaultScope.overwrite_default_scope('mmengine'):
        yield


@pytest.fixture(autouse=True)
def own_visualizer():
    """No test writes to the folder of another one.

    Visualizers are known by the second in which their runner began.
    """
    yield
    kinds = [Visualizer]
    for kind in kinds:
        kind._instance_dict.clear()
        kinds += kind.__subclasses__()
