"""Configs of others: read, not run.

mmengine runs a config as the Python program that it is. What it writes down
of one is plain: names, ``dict(...)`` and values. Only that is read here.
"""
import ast
import os
from typing import Any, Union

from mmengine.config import Config

from protune_mm.errors import UserError

# Where classes of a config may come from.
SCOPES = ('mmcv', 'mmdet', 'mmengine', 'mmpretrain', 'mmseg', 'protune_mm')


def _value(node: ast.AST) -> Any:
    """Read a value without running anything."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == 'dict' and all(k.arg for k in node.keywords):
            pairs = [pair for arg in node.args for pair in _value(arg).items()]
            return dict(pairs,
                        **{k.arg: _value(k.value)
                           for k in node.keywords})
        if node.func.id == 'float' and len(node.args) == 1:
            return float(_value(node.args[0]))
        if node.func.id == 'set' and not node.args:
            return set()
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values)}
    kinds = {ast.List: list, ast.Tuple: tuple, ast.Set: set}
    if type(node) in kinds:
        return kinds[type(node)](map(_value, node.elts))
    return ast.literal_eval(node)


def _check_types(node: Any, name: str) -> None:
    """Raise if a type could name any object of any package."""
    if isinstance(node, dict):
        kind = node.get('type')
        if isinstance(kind, str) and '.' in kind and (
                kind.count('.') > 1 or kind.split('.')[0] not in SCOPES):
            raise UserError(
                f"{name} has type='{kind}', which is no registered name: "
                "write it as 'scope.Name', with one of the scopes "
                f'{", ".join(SCOPES)}.')
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for value in node:
            _check_types(value, name)


def read_config(path: Union[str, os.PathLike]) -> Config:
    """Read a whole config, as mmengine writes it, without running it.

    Args:
        path (str | os.PathLike): The file.

    Returns:
        Config: The config. Modules of ``custom_imports`` are not imported.

    Raises:
        UserError: If it holds anything but names and plain values, or types
            that are not names of a registry.
    """
    try:
        with open(path, encoding='utf-8') as file:
            tree = ast.parse(file.read())
        found = {}
        for line in tree.body:
            (target, ) = line.targets
            found[target.id] = _value(line.value)
    except (AttributeError, SyntaxError, TypeError, ValueError):
        raise UserError(
            f'{path} has more than names and plain values, and a config of '
            'others is read, not run: publish it with tools/delta.py.'
        ) from None
    _check_types(found, str(path))
    return Config(found, filename=str(path))
