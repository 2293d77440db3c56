"""Published tasks are read as they are."""
import shutil

import pytest

from protune_mm.errors import UserError
from protune_mm.publishing import Published, read_published
from tests.small_tasks import flip


def test_its_parts(task):
    found = read_published(str(task.published))
    assert isinstance(found, Published)
    assert found.folder == found.checkpoint == str(task.published)
    assert found.config.model.type == found.manifest['model']


def test_no_published_task(task, tmp_path):
    for path in (tmp_path, tmp_path / 'none', task.delta):
        with pytest.raises(UserError, match=f'^{path} has no task.json'):
            read_published(str(path))


@pytest.mark.parametrize('change, message', [
    (lambda path: path.unlink(), 'There is no config.py in '),
    (flip, 'config.py should have the SHA-256 '),
])
def test_its_config_is_the_one_it_says(change, message, task, tmp_path):
    folder = shutil.copytree(task.published, tmp_path / 'x')
    change(folder / 'config.py')
    with pytest.raises(UserError, match=message):
        read_published(str(folder))


def test_the_weights_are_not_opened(task, tmp_path):
    folder = shutil.copytree(task.published, tmp_path / 'x')
    next(folder.glob('*.safetensors')).unlink()
    assert read_published(str(folder)).config
