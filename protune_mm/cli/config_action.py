"""The ``--cfg-options`` of the tools."""
import argparse
import re
from typing import Any, Optional, Sequence

from mmengine.config import DictAction

# Stands for a blank while mmengine parses, which drops blanks. Private use.
BLANK = '\ue000'


def _restore(value: Any) -> Any:
    """Put the blanks back, at any depth."""
    if isinstance(value, str):
        return value.replace(BLANK, ' ')
    if isinstance(value, (list, tuple)):
        return type(value)(map(_restore, value))
    return value


def _protect(text: str) -> str:
    """Keep the blanks of a value, but for those around commas and brackets."""
    text = re.sub(r'\s*,\s*', ',', text.strip())
    if text[:1] in ('[', '('):
        text = re.sub(r'(?<=[\[(])\s+|\s+(?=[\])])', '', text)
    return text.replace(' ', BLANK)


class ConfigAction(DictAction):
    """mmengine's ``key=value`` options, without losing blanks in values.

    ``classes="[traffic light, stop sign]"`` is two names, and a path may hold
    blanks. What cannot be read ends with the usage and one line.
    """

    def __call__(self,
                 parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace,
                 values: Sequence[str],
                 option_string: Optional[str] = None) -> None:
        """Parse the options of one flag into a dict of the namespace."""
        for item in values:
            key, found, value = item.partition('=')
            if not found:
                parser.error(f'{option_string} {item}: write key=value.')
            try:
                super().__call__(parser, namespace,
                                 [f'{key}={_protect(value)}'], option_string)
            except AssertionError:
                parser.error(f'{option_string} {item}: a bracket is missing.')
        options = getattr(namespace, self.dest)
        setattr(namespace, self.dest, {
            key: _restore(value)
            for key, value in options.items()
        })
