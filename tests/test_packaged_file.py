"""Files that packages bring: found, and the ones that are expected."""
import sys

import pytest

from protune_mm.errors import UserError
from protune_mm.packaged_file import packaged_file
from protune_mm.tuning.published_folder import sha256_of

INSTALL = 'pip install small'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that cannot be imported, as its dependencies are missing."""
    (tmp_path / 'small').mkdir()
    (tmp_path / 'small/__init__.py').write_text('import not_there')
    (tmp_path / 'small/data.txt').write_text('data')
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / 'small'


def test_a_file_is_found_without_an_import(package):
    path = package / 'data.txt'
    found = packaged_file('small/data.txt', sha256_of(path), INSTALL, 'It')
    assert found == path
    assert 'small' not in sys.modules


@pytest.mark.parametrize('file, sentence', [
    ('not_there/x', 'It is in a package that is missing: pip install small.'),
    ('small/x', 'small/x is missing: pip install small --force-reinstall '
     '--no-deps.'),
    ('small/data.txt', 'data.txt should have the SHA-256 00000000..., but has '
     '3a6eb079...: pip install small --force-reinstall --no-deps.'),
])
def test_what_is_not_as_it_should_be(package, file, sentence):
    with pytest.raises(UserError) as error:
        packaged_file(file, '0' * 64, INSTALL, 'It')
    assert str(error.value).endswith(sentence)
    assert '\n' not in str(error.value)
