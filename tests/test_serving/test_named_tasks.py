"""Names and addresses of tasks."""
import json
import os

import pytest

from protune_mm.errors import UserError
from protune_mm.serving.named_tasks import host_of_task, named_tasks


@pytest.fixture
def folder(tmp_path):
    """Two published tasks, as far as their names go, and what is none."""
    for place, name in (('pets-1', 'pets'), ('roads=1', 'roads')):
        (tmp_path / place).mkdir()
        (tmp_path / place / 'task.json').write_text(
            json.dumps(
                dict(format=1, name=name, weights='w', files=dict(w=''))))
    (tmp_path / 'empty').mkdir()
    return tmp_path


def test_folder_of_tasks(folder):
    assert named_tasks([str(folder)]) == dict(
        pets=f'{folder}/pets-1', roads=f'{folder}/roads=1')


def test_by_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = named_tasks(['a=pets-1', 'b=https://x.y/z-1a2b3c4d', 'roads=1'])
    assert found == dict(
        a=f'{folder}/pets-1',
        b='https://x.y/z-1a2b3c4d',
        roads=f'{folder}/roads=1')
    assert named_tasks(['a=~/b'])['a'] == os.path.expanduser('~/b')


def test_bad_names(folder):
    for tasks, said in (
        ([], 'There is no task to serve'),
        (['nowhere'], 'There is no folder nowhere'),
        ([f'{folder}/empty'], 'empty holds no published task'),
        (['a/b=c'], "'a/b' cannot be a part of a URL.*task=c"),
        (['a=b', f'a={folder}'], "two tasks 'a', .*/b and .*a2="),
    ):
        with pytest.raises(UserError, match=said):
            named_tasks(tasks)


def test_not_published(folder):
    with pytest.raises(UserError, match='There is no config.py|damaged'):
        host_of_task(f'{folder}/pets-1')
    with pytest.raises(UserError, match='no published task'):
        host_of_task(f'{folder}/empty')
