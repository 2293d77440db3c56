"""From a cell of the paper to a config, put together from fragments."""
import copy
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Optional

from mmengine.config import Config

from protune_mm.apis import load_config
from protune_mm.datasets.published.vtab1k import TASKS
from protune_mm.errors import UserError
from .cells import Cell
from .method_cells import METHODS, method_arguments
from .one_recipe import use_one_recipe
from .prompt_cells import PROMPT_METHODS, VTAB
from .studies import task_of

# Table 10: the first and the last layer of a DeiT, or block of the slim
# network, and how many prompts follow it.
ENDS = dict(
    transformer=('layers.0', 'layers.11'), slim=('layer1.0', 'layer4.1'))
POSITIONS = dict(F1=(0, 1), F5=(0, 5), L1=(1, 1), L5=(1, 5))
# How the names of the dense leaves spell backbones.
SHORT = dict(
    resnet50='r50',
    swin_base='swin_b',
    resnet18_slim='r18',
    efficientnet_lite0='lite0')
# What sets that need no download are called by, with their layout or without.
EMBEDDED = ('digits', 'trees')
# Without a method in the backbone.
PLAIN = ('head', 'finetune')
# Images a step of the dense recipes, which count them by GPU: 8 x 2, 4 x 4.
DENSE_BATCH = 16
# Iterations of runs with prompt tokens from one entry of the log to the next:
# an entry is their mean. Epochs of the embedded data are short.
LOG_INTERVAL, EMBEDDED_LOG_INTERVAL = 10, 1
# An epoch of few shots has at least so many batches.
FEW_SHOT_BATCHES = 10
BACKBONE = 'model.backbone.'


def is_default(setting: str) -> bool:
    """Tell if a setting of an ablation is what all other tables use."""
    return setting in ('', 'blocks=1', 'kernel=5', 'beta=learned',
                       'position=U5')


def setting_options(setting: str, family: str) -> Dict[str, object]:
    """Return the arguments behind a setting of Tables 9 to 12.

    Args:
        setting (str): Such as ``'kernel=3'``.
        family (str): The first of the backbone's ``families``.

    Returns:
        dict[str, object]: Options of the config; none for what is the default
        anyhow, so that equal runs of two tables are one.

    Raises:
        UserError: If it is not known.
    """
    name, _, value = setting.partition('=')
    if is_default(setting) or name == 'shots':
        return {}
    if name == 'blocks':
        return {f'{BACKBONE}prompts_per_stage': int(value)}
    if name == 'kernel':
        return {f'{BACKBONE}prompt_cfg': dict(kernel_size=int(value))}
    if name == 'beta':
        return {
            f'{BACKBONE}prompt_cfg': dict(beta=float(value), learn_beta=False)
        }
    if name == 'position' and value in POSITIONS:
        end, blocks = POSITIONS[value]
        return {
            f'{BACKBONE}prompt_stages': [ENDS[family][end]],
            f'{BACKBONE}prompts_per_stage': blocks
        }
    raise UserError(f"setting='{setting}' is not known.")


def _dense_leaf(cell: Cell, configs: Path) -> Path:
    """Return the config file of a detector or segmentor."""
    short = SHORT[cell.backbone]
    data = cell.dataset.partition('_')[0]
    if data in EMBEDDED:
        return Path(configs) / f'demo/{cell.host}_protune_{short}_{data}.py'
    method = cell.method
    if cell.table == METHODS and method in PLAIN:
        method = 'lora'  # differs in what it adds to the backbone only
    return (Path(configs) / f'{cell.host}_{method}_{short}_{cell.dataset}.py')


def sources(cell: Cell, configs: Path) -> List[Path]:
    """Return the files that the config of a cell is made of.

    Args:
        cell (Cell): A cell of the paper, or its embedded twin.
        configs (Path): Folder of the configs.

    Returns:
        list[Path]: Model, data, recipe, method and runtime of a classifier;
        the leaf of a detector or segmentor.
    """
    if cell.host != 'classifier':
        leaf = _dense_leaf(cell, configs)
        return [leaf, _method(cell, configs)] if task_of(cell) else [leaf]
    dataset = ''.join(cell.dataset.partition('_lt')[:2])
    if dataset.startswith(VTAB):
        dataset = 'vtab1k'
    base = Path(configs) / '_base_'
    model = base / f'models/{cell.backbone}.py'
    method = _method(cell, configs)
    recipe = 'frozen' if task_of(cell) else _load(method)['recipe']
    schedule = _schedule(base, model, recipe)
    return [
        model, base / f'datasets/{dataset}.py', schedule, method,
        base / 'classification.py'
    ]


def _method(cell: Cell, configs: Path) -> Path:
    """Return the fragment of a cell's method."""
    name = re.sub('[-+]', '_', cell.method)
    return Path(configs) / f'_base_/methods/{name}.py'


@lru_cache(maxsize=None)
def _load(path: Path) -> dict:
    return Config.fromfile(path).to_dict()


def _schedule(base: Path, model: Path, recipe: str) -> Path:
    """Find the recipe that is nearest to a model: its own, if it has one."""
    names = (model.stem, *_load(model)['families'])
    paths = [base / f'schedules/{name}_{recipe}.py' for name in names]
    return next(path for path in paths if path.exists())


def _classifier(cell: Cell, configs: Path, seed: int) -> Config:
    """Join fragments, which have no key in common, as a leaf would."""
    parts = {}
    for path in sources(cell, configs):
        parts.update(_load(path))
    cfg = Config({**parts, 'launcher': 'none'})  # a deep copy
    if cell.dataset.startswith(VTAB):
        _take_task(cfg, cell.dataset.removeprefix(VTAB))
    classes = cfg.num_classes
    inputs = dict(num_classes=classes, **cfg.get('normalization', {}))
    options = {'data_preprocessor': inputs, 'model.head.num_classes': classes}
    if not task_of(cell):
        options.update(setting_options(cell.setting, cfg.families[0]))
    ratio = cell.dataset.partition('_lt')[2]
    if ratio:
        options['train_dataloader.dataset.imbalance_ratio'] = int(ratio)
    cfg.merge_from_dict(options)
    _use_method(cfg, cell, configs)
    name, _, value = cell.setting.partition('=')
    if name == 'shots':
        _take_shots(cfg, int(value), seed)
    return cfg


def _use_method(cfg: Config, cell: Cell, configs: Path) -> None:
    """Put what the fragments of the method hold where it belongs, in place."""
    backbone = cfg.model.backbone
    backbone.update(cfg.method, **cfg.get('method_of_weights', {}))
    backbone.type = cfg.get('presets',
                            {}).get(cfg.get('preset'), backbone.type)
    cfg.custom_hooks = [*cfg.custom_hooks, *cfg.get('method_hooks', ())]
    if cell.method in PROMPT_METHODS and not task_of(cell):
        _use_prompt_recipe(cfg, cell, configs)


def _use_prompt_recipe(cfg: Config, cell: Cell, configs: Path) -> None:
    """Train as papers on prompt tokens do, in place."""
    backbone = cfg.model.backbone
    cfg.model.head.init_cfg = cfg.head_init
    cfg.train_dataloader.batch_size = cfg.get('batch_size',
                                              cfg.train_dataloader.batch_size)
    interval = (
        EMBEDDED_LOG_INTERVAL if cell.backbone == 'vit_slim' else LOG_INTERVAL)
    cfg.default_hooks.logger.interval = interval
    cfg.log_processor = dict(window_size=interval)
    if 'prompt_stages' in backbone:  # blocks learn as they do alone
        alone = sources(replace(cell, method='protune'), configs)[2]
        rate = _load(alone)['optim_wrapper']['optimizer']['lr']
        wrapper = cfg.optim_wrapper
        wrapper.paramwise_cfg.custom_keys.update({
            'backbone.prompts.':
            dict(lr_mult=rate / wrapper.optimizer.lr, decay_mult=0.),
            'backbone.prompts.tokens':
            dict()
        })


def _take_task(cfg: Config, task: str) -> None:
    """Choose the task of VTAB-1k, in place."""
    cfg.num_classes = TASKS[task].classes
    for loader in ('train', 'val', 'test'):
        cfg[f'{loader}_dataloader'].dataset.task = task


def _take_shots(cfg: Config, shots: int, seed: int) -> None:
    """Draw a few images a class and repeat them, in place."""
    loader = cfg.train_dataloader
    images = shots * cfg.num_classes
    repeats = -(-FEW_SHOT_BATCHES * loader.batch_size // images)
    loader.dataset = dict(
        type='RepeatDataset',
        times=repeats,
        dataset=dict(
            type='FewShotDataset',
            num_shots=shots,
            seed=seed,
            dataset=loader.dataset))


def _use_dense_method(cfg: Config, cell: Cell, configs: Path) -> None:
    """Put a method into a detector or segmentor, in place."""
    if task_of(cell):
        cfg.model.backbone.update(
            copy.deepcopy(_load(_method(cell, configs))['method']))
    elif cell.table != METHODS or cell.method in PLAIN:
        cfg.merge_from_dict({f'{BACKBONE}tuning': cell.method})


def compose(cell: Cell,
            configs: Path,
            seed: int = 0,
            cfg_options: Optional[dict] = None) -> Config:
    """Compose the config of a cell.

    Args:
        cell (Cell): A cell of the paper, or its embedded twin.
        configs (Path): Folder of the configs.
        seed (int): Seed of the run, and of few-shot draws. Default: 0.
        cfg_options (dict, optional): Values to override. Default: None.

    Returns:
        Config: Complete but for its ``work_dir``; ``batch_size`` is the whole
        batch, to be shared by all GPUs.
    """
    if cell.host == 'classifier':
        cfg = _classifier(cell, configs, seed)
    else:
        cfg = load_config(str(_dense_leaf(cell, configs)))
        _use_dense_method(cfg, cell, configs)
        if not cell.dataset.startswith(EMBEDDED):
            cfg.train_dataloader.batch_size = DENSE_BATCH
    task = task_of(cell)
    if task:
        rates = _load(_method(cell, configs)).get('rate_multipliers', {})
        if cell.table == METHODS:
            rates = {}  # one for all
            for method in cfg.model.backbone.get('methods', ())[:1]:
                method.update(method_arguments(cell.setting))
        use_one_recipe(cfg, task, rates)
    cfg.merge_from_dict({'randomness': dict(seed=seed), **(cfg_options or {})})
    return cfg
