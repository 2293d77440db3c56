"""What all tests of this folder look at."""
import pytest

from tests.small_tasks import train_task


@pytest.fixture(scope='session')
def task(tmp_path_factory):
    """A trained task, not to be changed."""
    return train_task(tmp_path_factory.mktemp('task'))
