"""Limits of the numbers that users give."""
from numbers import Integral, Real
from typing import Any, Tuple

from .errors import UserError


def check_number(owner: str, name: str, value: Any) -> None:
    """Raise if an argument is no whole number of at least 1.

    Args:
        owner (str): Name of what was given it, for the message.
        name (str): Name of the argument.
        value: What it is.

    Raises:
        UserError: If it is not.
    """
    if not isinstance(value, Integral) or value < 1:
        raise UserError(f'{name}={value!r} of {owner} must be a whole number '
                        'of at least 1.')


def check_least(owner: str, **numbers: Tuple[Any, float]) -> None:
    """Refuse numbers that are too small, and what is no number.

    Args:
        owner (str): Name of what was given the numbers.
        **numbers (tuple[Any, float]): For each argument its value and the
            least it may be; an ``int`` asks for whole numbers.

    Raises:
        UserError: If a value is none, or less than its limit.
    """
    for name, (value, least) in numbers.items():
        kind, called = ((Integral,
                         'a whole number') if isinstance(least, int) else
                        (Real, 'a number'))
        if not isinstance(value, kind):
            raise UserError(f'{owner}: {name}={value!r} is not {called}; give '
                            f'one of at least {least}.')
        if value < least:
            raise UserError(f'{owner}: {name}={value} is too small; give '
                            f'{least} or more.')
