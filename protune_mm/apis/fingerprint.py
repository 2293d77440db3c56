"""What tells a result from others: all that produces it."""
import ast
import hashlib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from mmengine.config import Config

from protune_mm.preflight.weights import find_weights

# What no result depends on.
IRRELEVANT = ('work_dir', 'default_hooks', 'visualizer', 'vis_backends',
              'log_level', 'log_processor')
# Of our code, what trains and evaluates.
PRODUCING = ('compat.py', 'datasets', 'engine', 'evaluation', 'execution',
             'hosts', 'layers', 'methods', 'models', 'tuning')


def _without_words(tree: ast.AST) -> ast.AST:
    """Take the docstrings out of parsed code, which has no comments."""
    for node in ast.walk(tree):
        body = getattr(node, 'body', None)
        first = body[0] if isinstance(body, list) and body else None
        if (isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)):
            del body[0]
    return tree


def code_digest(*paths: Path) -> str:
    """Hash what code does, whatever its comments and docstrings say.

    Args:
        *paths (Path): Python files, and folders of such.

    Returns:
        str: The SHA-256, in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob('*.py')) or [path]:
            tree = _without_words(ast.parse(file.read_text('utf-8')))
            digest.update(ast.dump(tree).encode())
    return digest.hexdigest()


@lru_cache(maxsize=None)
def _our_code() -> str:
    root = Path(str(files('protune_mm')))
    return code_digest(*[root / name for name in PRODUCING])


def fingerprint(cfg: Config) -> str:
    """Hash what a result depends on: config, local weights, our code.

    Args:
        cfg (Config): A complete config.

    Returns:
        str: The SHA-256, in hexadecimal digits.
    """
    text = repr({
        key: value
        for key, value in cfg.to_dict().items() if key not in IRRELEVANT
    })
    digest = hashlib.sha256(_our_code().encode())
    for _, weights in find_weights(cfg):
        file = Path(weights).expanduser()
        if file.is_file():  # its content counts, not its place
            digest.update(file.read_bytes())
            text = text.replace(repr(weights), 'weights')
    digest.update(text.encode())
    return digest.hexdigest()
