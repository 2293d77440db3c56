"""Tables that read well as plain text, too."""
from typing import Container, Sequence


def aligned_table(headings: Sequence[str], rows: Sequence[Sequence[str]],
                  numbers: Container[str]) -> str:
    """Write a Markdown table, its columns padded to one width each.

    Args:
        headings (Sequence[str]): The first line.
        rows (Sequence[Sequence[str]]): The other lines, as long as the first.
        numbers (Container[str]): Headings of the columns that are aligned to
            the right.

    Returns:
        str: The table, without a line break at its end.
    """
    rows = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    sides = [str.rjust if name in numbers else str.ljust for name in headings]
    rows.insert(1, [
        '-' * (width - 1) + ('-' if side is str.ljust else ':')
        for width, side in zip(widths, sides)
    ])
    lines = []
    for row in rows:
        padded = [side(*x) for side, *x in zip(sides, row, widths)]
        lines.append(f'| {" | ".join(padded)} |')
    return '\n'.join(lines)
