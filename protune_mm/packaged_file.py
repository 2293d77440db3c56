"""Files that a package of somebody else brings, without a download."""
import sys
from importlib.util import find_spec
from pathlib import Path

from protune_mm.errors import UserError
from protune_mm.tuning.published_folder import sha256_of


def pip_install(packages: str) -> str:
    """Return the command that installs packages where this code runs.

    Args:
        packages (str): As pip takes them.
    """
    return f'{sys.executable} -m pip install {packages}'


def packaged_file(file: str, sha256: str, install: str, what: str) -> Path:
    """Find a file in a package, which is the one that is expected.

    The package itself is not imported.

    Args:
        file (str): Path in the package, whose name it begins with.
        sha256 (str): Of the file, in hexadecimal digits.
        install (str): The command that installs the package.
        what (str): What messages say that the package holds.

    Returns:
        Path: Where it is.

    Raises:
        UserError: If the package is missing or holds another file.
    """
    spec = find_spec(file.split('/')[0])
    if spec is None or not spec.origin:
        raise UserError(f'{what} is in a package that is missing: {install}.')
    path = Path(spec.origin).parent.parent / file
    if not path.is_file():
        raise UserError(
            f'{path} is missing: {install} --force-reinstall --no-deps.')
    found = sha256_of(path)
    if found != sha256:
        raise UserError(
            f'{path} should have the SHA-256 {sha256[:8]}..., but '
            f'has {found[:8]}...: {install} --force-reinstall --no-deps.')
    return path
