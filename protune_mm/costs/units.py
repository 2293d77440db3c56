"""Bytes as people write them."""
import re

from protune_mm.errors import UserError

FACTORS = dict(
    B=1,
    KB=10**3,
    MB=10**6,
    GB=10**9,
    TB=10**12,
    KIB=2**10,
    MIB=2**20,
    GIB=2**30,
    TIB=2**40)
NUMBER = re.compile(r'\s*(\d+(?:\.\d*)?)\s*([a-zA-Z]+)\s*')


def parse_bytes(text: str) -> int:
    """Read an amount of memory.

    Args:
        text (str): Such as '8GiB' or '24 GB'.

    Returns:
        int: Bytes.

    Raises:
        UserError: If it is none, or nothing.
    """
    found = NUMBER.fullmatch(text)
    factor = FACTORS.get(found[2].upper()) if found else None
    if factor is None or float(found[1]) == 0:
        raise UserError(f'{text} is no amount of memory: write a number and '
                        'MB, GB, MiB or GiB, such as 8GiB.')
    return int(float(found[1]) * factor)
