"""Answer requests over HTTP with published tasks.

    python tools/serve.py pets=published/pets-1a2b3c4d roads=https://...
"""
import argparse

from .command_line import one_sentence_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'tasks',
        metavar='TASK',
        nargs='+',
        help='name=address of a published task, or a folder that is one or '
        'holds several')
    parser.add_argument(
        '--host',
        default='127.0.0.1',
        help='where to listen; 0.0.0.0 lets other machines ask '
        '(default: 127.0.0.1)')
    parser.add_argument(
        '--port', type=int, default=8000, help='(default: 8000)')
    parser.add_argument(
        '--device',
        choices=['cpu', 'cuda'],
        default='cpu',
        help='where to compute (default: cpu)')
    parser.add_argument(
        '--max-request-mb',
        type=float,
        default=20,
        help='largest request, in MB (default: 20)')
    parser.add_argument(
        '--loaded',
        type=int,
        default=10,
        help='how many tasks a replica keeps loaded; the least recently used '
        'ones go (default: 10)')
    parser.add_argument(
        '--replicas',
        type=int,
        default=1,
        help='processes that each have the tasks (default: 1)')
    return parser.parse_args()


@one_sentence_errors
def main() -> None:
    """Serve until the end."""
    args = vars(parse_args())
    # Only here: help should not wait for it.
    from protune_mm.serving.server import serve_here
    host, port = args.pop('host'), args.pop('port')
    serve_here(args, host, port)
