"""Tables of numbers on a screen."""
from io import StringIO
from typing import Optional, Sequence

from rich.console import Console
from rich.table import Table


def megabytes(number: Optional[float]) -> str:
    """Write bytes as millions of them.

    Args:
        number (float, optional): Bytes; None where they are not known.

    Returns:
        str: With one decimal.
    """
    return '-' if number is None else f'{number / 1e6:,.1f}'


def draw(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table whose first column is a name, the others numbers.

    Args:
        headings (Sequence[str]): Of all columns.
        rows (Sequence[Sequence[str]]): As long as the headings.

    Returns:
        str: The table.
    """
    table = Table()
    table.add_column(headings[0], no_wrap=True)
    for heading in headings[1:]:
        table.add_column(heading, justify='right')
    for row in rows:
        table.add_row(*row)
    console = Console(file=StringIO(), width=120)
    console.print(table)
    return console.file.getvalue().rstrip()
