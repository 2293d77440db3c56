"""A walk over the stock configs of the hosts, each with its tuned backbone.

``python -m tests.stock_walk`` builds every whole model, which takes most of
an hour, and prints what builds and what does not, with the reason.
"""
import argparse
import contextlib
import copy
import gc
import io
import sys
import warnings
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional, Tuple

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope

import protune_mm  # noqa: F401
from tests.stock_types import tuned_cfg

HOSTS = ('mmdet', 'mmseg', 'mmpretrain')
# What changes next to nothing of the modules, and what would fetch weights.
SAME = ('num_classes', 'data_preprocessor', 'train_cfg', 'test_cfg',
        'frozen_stages', 'norm_eval', 'with_cp')
WEIGHTS = ('init_cfg', 'pretrained', 'checkpoint_path')
# What does not build, by the stock type, and why.
WINDOWS, MASKED = 'its blocks return tokens of windows', 'its input is masked'
LISTED = dict(
    BEiTPretrainViT=MASKED,
    CAEPretrainViT=MASKED,
    HiViT=WINDOWS,
    LeNet5='it takes grey images of 32 px only',
    MAEHiViT=WINDOWS,
    MaskFeatViT=MASKED,
    RevVisionTransformer='its layers return two maps each',
    SimMIMSwinTransformer=MASKED,
    SparseConvNeXt=MASKED,
    SparseResNet=MASKED,
    SSDVGG='none of its modules holds others',
    TinyViT='the stock one of 384 px does not run either',
    TNT='its layers return two kinds of tokens',
    VPD='needs a package that is not there',
    iTPNHiViT=WINDOWS)

STOCK = 'stock fails too: '
NOT_READ, NO_BACKBONE = 'not read', 'no backbone'


class Found(NamedTuple):
    """What became of a config."""
    backbone: str
    built: bool
    reason: str = ''

    @property
    def state(self) -> str:
        """str: What the numbers call it."""
        if self.built:
            return 'built'
        if self.backbone in (NOT_READ, NO_BACKBONE):
            return self.backbone
        if self.reason.startswith(STOCK):
            return 'stock fails too'
        kind = self.backbone.partition(' as ')[0].split('.')[-1]
        return 'listed' if kind in LISTED else 'failed'


def config_files(host: str, steps: int = 20) -> list:
    """List the configs that a host ships, so that the first are a sample."""
    root = Path(import_module(host).__file__).parent / '.mim' / 'configs'
    files = sorted(
        path for path in root.rglob('*.py') if '_base_' not in path.parts)
    return [path for i in range(steps) for path in files[i::steps]]


def holder_of(model: dict) -> Optional[dict]:
    """Return the part of a model's config that holds the backbone."""
    for part in (model, model.get('detector')):
        if not isinstance(part, dict):
            continue
        backbone = part.get('backbone')
        # One without a type is another project's, such as Detectron2's.
        if isinstance(backbone, dict) and 'type' in backbone:
            return part
    return None


def without_weights(cfg: dict) -> ConfigDict:
    """Leave out where weights come from."""
    return ConfigDict({k: v for k, v in cfg.items() if k not in WEIGHTS})


def read(path: Path) -> Optional[ConfigDict]:
    """Return the model of a config without weights; None without a backbone.
    """
    model = Config.fromfile(path).get('model')
    if not isinstance(model, dict) or holder_of(model) is None:
        return None
    holder = holder_of(model)
    holder.pop('pretrained', None)
    holder['backbone'] = without_weights(holder['backbone'])
    return without_weights(model)


def build(host: str, cfg: dict) -> None:
    """Build a model or backbone, without memory where that is possible."""
    registry = import_module(f'{host}.registry').MODELS
    reasons = []
    for device in ('meta', 'cpu'):
        try:
            with torch.device(device), quiet(), \
                    DefaultScope.overwrite_default_scope(host):
                # Hosts change what they are given.
                registry.build(copy.deepcopy(ConfigDict(cfg)))
            return
        except Exception as error:
            # Its frames hold what was built until then.
            reasons.append(error.with_traceback(None))
        finally:
            gc.collect()  # modules that hold each other stay otherwise
    raise reasons[-1]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the hosts from printing."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter('ignore')
        yield


def first_line(error: Exception) -> str:
    text = str(error).strip().split('\n')[0]
    return f'{type(error).__name__}: {text[:150]}'


def attempt(host: str, stock: dict, tuned: dict) -> Tuple[bool, str]:
    """Build a tuned model; if it fails, say whether the stock one does."""
    try:
        build(host, tuned)
        return True, ''
    except Exception as error:
        reason = first_line(error)
    try:
        build(host, stock)
    except Exception as error:
        return False, f'{STOCK}{first_line(error)}'
    return False, reason


def structure(cfg: Any) -> Any:
    """Tell apart models of different modules."""
    if isinstance(cfg, dict):
        return str(
            sorted((key, structure(value)) for key, value in cfg.items()
                   if key not in SAME))
    if isinstance(cfg, (list, tuple)):
        return str([structure(value) for value in cfg])
    return str(cfg)


def walk(host: str, files: list) -> Iterator[Tuple[Path, Found]]:
    """Build the whole model of each config, equal ones once."""
    done = {}
    for path in files:
        try:
            model = read(path)
        except Exception as error:
            yield path, Found(NOT_READ, False, first_line(error))
            continue
        if model is None:
            yield path, Found(NO_BACKBONE, False, NO_BACKBONE)
            continue
        key = structure(model)
        if key not in done:
            tuned = copy.deepcopy(model)
            holder = holder_of(tuned)
            stock = holder['backbone']
            holder['backbone'] = tuned_cfg(host, stock)
            kind = getattr(stock['type'], '__name__', stock['type'])
            twin = holder['backbone']['type']
            done[key] = Found(f'{kind} as {twin}',
                              *attempt(host, model, tuned))
        yield path, done[key]


def main(arguments: list) -> None:
    """Print what builds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('hosts', nargs='*', default=HOSTS)
    parser.add_argument('--first', type=int, help='so many configs only')
    parser.add_argument('--verbose', action='store_true')
    given = parser.parse_args(arguments)
    for host in given.hosts:
        import_module(f'{host}.utils').register_all_modules(False)
        states, counts, reasons = Counter(), Counter(), Counter()
        for path, found in walk(host, config_files(host)[:given.first]):
            states[found.state] += 1
            counts[found.backbone, found.built] += 1
            reasons[found.backbone, found.reason] += not found.built
            if given.verbose:
                print(path.name, *found, flush=True)
        print(f'{host}: {sum(states.values())} configs:',
              ', '.join(f'{n} {state}' for state, n in states.most_common()))
        for name in sorted({name for name, _ in counts}):
            built, missed = counts[name, True], counts[name, False]
            print(f'  {name}: {built} of {built + missed}')
        for (name, reason), number in reasons.most_common():
            if number:
                print(f'  {number} x {name}: {reason}')


if __name__ == '__main__':
    main(sys.argv[1:])
