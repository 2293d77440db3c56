"""Limits of the numbers that users give."""
from typing import Tuple

from .errors import UserError


def check_least(owner: str, **numbers: Tuple[float, float]) -> None:
    """Refuse numbers that are too small.

    Args:
        owner (str): Name of what was given the numbers.
        **numbers (tuple[float, float]): For each argument its value and the
            least it may be.

    Raises:
        UserError: If a value is less than its limit.
    """
    for name, (value, least) in numbers.items():
        if value < least:
            raise UserError(f'{owner}: {name}={value} is too small; give '
                            f'{least} or more.')
