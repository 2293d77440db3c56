"""Formats the text of a config once a process.

mmengine formats a config with yapf each time it logs or saves it, half a
second each, six times a run: for trainings of seconds that is most of them.
"""
from functools import lru_cache

from yapf.yapflib import yapf_api

format_code = yapf_api.FormatCode


@lru_cache(maxsize=64)
def _formatted(text: str, **style) -> tuple:
    return format_code(text, style_config=style)


def format_once(text: str, style_config: dict) -> tuple:
    """Format code as yapf does."""
    return _formatted(text, **style_config)


yapf_api.FormatCode = format_once
