"""What is asked of a test run: a checkpoint, drawings, predictions, flips."""
import copy
import os

from mmengine.config import Config, ConfigDict
from mmengine.runner import CheckpointLoader

from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import find_datasets, host_of
from protune_mm.tuning.published_folder import is_there

# How each host merges flipped copies, where a config does not say, and what
# packs a copy; mmseg's configs all say it themselves.
TTA_MODELS = dict(
    mmdet=dict(
        type='mmdet.DetTTAModel',
        tta_cfg=dict(nms=dict(type='nms', iou_threshold=0.5),
                     max_per_img=100)),
    mmpretrain=dict(type='mmpretrain.AverageClsScoreTTA'))
FLIPS = ('flip', 'flip_direction')


def load_trained(cfg: Config, checkpoint: str) -> None:
    """Name the checkpoint to test.

    Args:
        cfg (Config): A complete config, changed in place.
        checkpoint (str): Path of a checkpoint, or a URL.

    Raises:
        UserError: If there is no such file, or it is no checkpoint.
    """
    if not is_there(checkpoint):
        raise UserError(f'There is no checkpoint at {checkpoint}: give the '
                        'path of a .pth file, such as work_dirs/*/*.pth.')
    CheckpointLoader.load_checkpoint(checkpoint, 'cpu', logger='silent')
    cfg.load_from = checkpoint


def draw_results(cfg: Config, folder: str) -> None:
    """Draw predictions into a folder while testing.

    Args:
        cfg (Config): A complete config, changed in place.
        folder (str): Where the pictures go.
    """
    hook = cfg.default_hooks.visualization
    switch, target = {
        'mmdet': ('draw', 'test_out_dir'),
        'mmseg': ('draw', None),
        'mmpretrain': ('enable', 'out_dir'),
    }[host_of(cfg)]
    hook[switch] = True
    hook.interval = 1  # of the images, else mmpretrain draws one of 5,000
    if target:
        # mmdet joins it to <work_dir>/<time>/; an absolute path stays.
        hook[target] = os.path.abspath(folder)
    else:
        cfg.visualizer.save_dir = folder


def dump_results(cfg: Config, path: str) -> None:
    """Write all predictions to a file while testing.

    Args:
        cfg (Config): A complete config, changed in place.
        path (str): A ``.pkl`` file.

    Raises:
        UserError: If the path ends otherwise.
    """
    if not path.endswith(('.pkl', '.pickle')):
        raise UserError(f'--out {path} must end in .pkl.')
    # With their scopes: a pure-Python config has no default.
    dump = ('mmdet.DumpDetResults'
            if host_of(cfg) == 'mmdet' else 'mmengine.DumpResults')
    evaluators = cfg.test_evaluator
    if not isinstance(evaluators, (list, tuple)):
        evaluators = [evaluators]
    cfg.test_evaluator = [*evaluators, dict(type=dump, out_file_path=path)]


def _flipped(pipeline: list, scope: str) -> list:
    """Let the end of a test pipeline see an image and its mirror image."""
    pipeline = copy.deepcopy(pipeline)
    pack = pipeline[-1]
    if scope == 'mmdet':
        pack['meta_keys'] = tuple(
            dict.fromkeys((*pack.get('meta_keys', ()), *FLIPS)))
    flips = [dict(type=f'{scope}.RandomFlip', prob=prob) for prob in (1., 0.)]
    pipeline[-1] = dict(type='TestTimeAug', transforms=[flips, [pack]])
    return pipeline


def augment(cfg: Config) -> None:
    """Test on flipped copies too and merge what is predicted.

    Uses ``tta_model`` and ``tta_pipeline`` of the config, else a horizontal
    flip.

    Args:
        cfg (Config): A complete config, changed in place.

    Raises:
        UserError: If the host cannot merge what the evaluator wants, or
            neither it nor the config has a way to merge.
    """
    scope = host_of(cfg)
    evaluators = cfg.test_evaluator
    for one in evaluators if isinstance(evaluators, list) else [evaluators]:
        if 'segm' in (one.get('metric') or ()) and scope == 'mmdet':
            raise UserError('--tta: mmdet merges boxes, not masks: add '
                            '--cfg-options test_evaluator.metric=bbox.')
    model = cfg.get('tta_model') or TTA_MODELS.get(scope)
    if model is None:
        raise UserError('--tta: this config has no tta_model and '
                        'tta_pipeline, which mmseg needs: add them.')
    for _, dataset in find_datasets(cfg, ['test_dataloader']):
        dataset.pipeline = cfg.get('tta_pipeline') or _flipped(
            dataset.pipeline, scope)
    cfg.model = ConfigDict(**model, module=cfg.model)
