"""What the command-line tools have in common."""
from .command_line import add_config_args, one_sentence_errors, parse_tool_args

__all__ = ['add_config_args', 'one_sentence_errors', 'parse_tool_args']
