"""Look into deltas, make, merge, publish and verify them.

    python tools/delta.py inspect work_dirs/x/epoch_12.pth
"""
import argparse

from protune_mm.apis.runner import load_config
from protune_mm.atomic_backend import save_whole
from protune_mm.errors import UserError
from protune_mm.publishing import (extract, merge, merge_into_stock, publish,
                                   verify)
from protune_mm.publishing.contents import contents
from protune_mm.publishing.publish import read_metrics
from protune_mm.tuning.checkpoint_file import TRUSTED
from protune_mm.tuning.published_folder import is_there
from .command_line import add_trust_arg, one_sentence_errors
from .config_action import ConfigAction


def _commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest='command', required=True)

    def add(name: str,
            text: str,
            config: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        if config:
            command.add_argument('config', help='path of a config file')
            command.add_argument(
                '--cfg-options',
                nargs='+',
                action=ConfigAction,
                help='override settings of the config, key=value')
        command.add_argument('checkpoint', help='path of a checkpoint')
        add_trust_arg(command)
        return command

    add('inspect', 'say what a checkpoint holds and on which base', False)
    for name, text in (('extract', 'make a delta of a whole checkpoint'),
                       ('merge', 'make a whole checkpoint of a delta')):
        command = add(name, text)
        command.add_argument('out', help='the file to write')
    command.add_argument(
        '--stock',
        action='store_true',
        help="make one of the stock model, with the methods' effect in its "
        'weights')
    command = add('publish', 'write a folder that others can use')
    command.add_argument('folder', help='where the folder goes')
    command.add_argument('--name', required=True, help='name of the task')
    command.add_argument(
        '--metrics',
        help='JSON file of numbers (default: those of a best_*.pth)')
    command.add_argument(
        '--half', action='store_true', help='store weights in 16 bits')
    command = add('verify', 'load a checkpoint and its base, say if all fits',
                  False)
    command.add_argument(
        '--config', help='its config (default: that of a published task)')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    _commands(parser)
    return parser.parse_args()


def _write(content: dict, path: str) -> None:
    save_whole(content, path)
    print(f'Wrote {path}.')


@one_sentence_errors
def main() -> None:
    """Do what the command says."""
    args = parse_args()
    TRUSTED.set(args.trust_checkpoint)
    if not is_there(args.checkpoint):
        raise UserError(f'There is no checkpoint at {args.checkpoint}: give '
                        'the path of a file or of a published folder.')
    path = getattr(args, 'config', None)
    cfg = path and load_config(
        path, cfg_options=getattr(args, 'cfg_options', None))
    if args.command == 'inspect':
        print(contents(args.checkpoint))
    elif args.command == 'extract':
        _write(extract(cfg, args.checkpoint), args.out)
    elif args.command == 'merge':
        make = merge_into_stock if args.stock else merge
        _write(make(cfg, args.checkpoint), args.out)
    elif args.command == 'publish':
        metrics = read_metrics(args.metrics) if args.metrics else None
        folder = publish(cfg, args.checkpoint, args.folder, args.name, metrics,
                         args.half)
        print(f'Published {folder}.')
    else:
        print('\n'.join(verify(args.checkpoint, cfg)))
