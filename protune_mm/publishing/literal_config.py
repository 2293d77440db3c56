"""Configs of others: read, not run.

mmengine runs a config as the Python program that it is. What it writes down
of one is plain: names, ``dict(...)`` and values. Only that is read here.
"""
import ast
import os
import re
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Union

from mmengine.config import Config
from mmengine.registry import Registry, root

from protune_mm.errors import UserError

# Where classes of a config may come from.
SCOPES = ('mmcv', 'mmdet', 'mmengine', 'mmpretrain', 'mmseg', 'protune_mm')

# Files that run code where hosts take a path for a list, as in class_weight.
CODE = re.compile(r"""[^'"]*\.(pkl|pickle|ya?ml)(?=['"])""")


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
    if isinstance(node, ast.Name) and node.id in ('inf', 'nan'):
        return float(node.id)  # as mmengine writes them in lists
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values)}
    kinds = {ast.List: list, ast.Tuple: tuple, ast.Set: set}
    if type(node) in kinds:
        return kinds[type(node)](map(_value, node.elts))
    return ast.literal_eval(node)


@lru_cache(maxsize=None)
def _is_registered_name(kind: str) -> bool:
    """Tell if a type can be nothing but a name of a registry.

    What is in no registry mmengine imports: any function of a package, or a
    module, which runs.
    """
    *scope, name = kind.split('.')
    if not re.fullmatch(r'[\w-]+', name) or len(scope) > 1:
        return False
    if not scope:
        return find_spec(name) is None
    if scope[0] not in SCOPES:
        return False
    try:
        found = getattr(import_module(scope[0]), name, None)
    except ImportError:  # a host that is not installed
        return True
    return found is None or any(found in registry.module_dict.values()
                                for registry in vars(root).values()
                                if isinstance(registry, Registry))


def _check(node: Any, name: str) -> None:
    """Raise if a config names what could run code of others."""
    if isinstance(node, dict):
        kind = node.get('type')
        if isinstance(kind, str) and not _is_registered_name(kind):
            raise UserError(
                f"{name} has type='{kind}', which is no registered name: "
                "write it as 'scope.Name', with one of the scopes "
                f'{", ".join(SCOPES)}.')
        scope = node.get('_scope_', node.get('default_scope'))
        if scope is not None and scope not in SCOPES:
            raise UserError(f"{name} has the scope '{scope}': those of tasks "
                            f'of others are {", ".join(SCOPES)}.')
        if node.get('trust_remote_code'):
            raise UserError(f'{name} has trust_remote_code, which runs code '
                            'of others: take it out.')
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for value in node:
            _check(value, name)


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
    except (AttributeError, MemoryError, RecursionError, SyntaxError,
            TypeError, ValueError):
        raise UserError(
            f'{path} has more than names and plain values, and a config of '
            'others is read, not run: publish it with tools/delta.py.'
        ) from None
    _check(found, str(path))
    file = CODE.search(repr(found.get('model')))
    if file:
        raise UserError(f'{path} names {file[0]} in its model, and such files '
                        'can run code: write what is in it into the config.')
    return Config(found, filename=str(path))
