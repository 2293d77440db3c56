"""Most data sets are mmpretrain's."""
import pytest
from mmengine.registry import DefaultScope


@pytest.fixture(autouse=True)
def own_scope():
    """Data sets and transforms are found as with mmpretrain's configs."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield
