"""What the command-line tools are made of."""
from .checks import preflight
from .cli import add_config_args, one_sentence_errors, parse_tool_args
from .runner import build_runner, load_config

__all__ = [
    'add_config_args', 'build_runner', 'load_config', 'one_sentence_errors',
    'parse_tool_args', 'preflight'
]
