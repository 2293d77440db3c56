"""A set is made once, as a whole, whatever else goes on."""
import pytest

from protune_mm.datasets.embedded.made_once import make_once
from protune_mm.errors import UserError


def write(folder, split, arguments):
    (folder / split).mkdir(parents=True)
    (folder / split / 'file').write_text(str(arguments))


def make(root, **more):
    return make_once(root, dict(layout='coco', **more), 'small things', write)


def test_made_and_then_kept(tmp_path):
    root = make(tmp_path / 'new/set', size=1)
    assert {path.name
            for path in root.iterdir()
            } == {'train', 'val', 'small_things.json'}
    (root / 'val/file').write_text('touched')
    assert make(root, size=1) == root
    assert (root / 'val/file').read_text() == 'touched'
    with pytest.raises(UserError, match='made with size=1, not size=2'):
        make(root, size=2)


def test_another_process_is_quicker(tmp_path):
    root = tmp_path / 'set'

    def overtaken(folder, split, arguments):
        write(folder, split, arguments)
        if split == 'val':
            make(root)

    assert make_once(root, dict(layout='coco'), 'small things',
                     overtaken) == root
    assert [path.name for path in tmp_path.iterdir()] == ['set']


@pytest.mark.parametrize('content', ['', '{"layout": "co', '[1]', '7'])
def test_a_damaged_record_is_named(content, tmp_path):
    root = make(tmp_path / 'set')
    (root / 'small_things.json').write_text(content)
    with pytest.raises(UserError, match='things.json" is damaged; delete "'):
        make(root)


def test_no_folder_can_be_there(tmp_path):
    (tmp_path / 'file').write_text('')
    (tmp_path / 'link').symlink_to('nowhere')
    for root in ('file/set', 'link', 'file'):
        with pytest.raises(UserError, match='another root|is no folder'):
            make(tmp_path / root)
    assert sorted(x.name for x in tmp_path.iterdir()) == ['file', 'link']
