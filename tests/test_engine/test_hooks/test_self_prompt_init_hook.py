"""Prompts start from patch tokens; nothing else of a training changes."""
import os

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from protune_mm.apis import build_runner
from protune_mm.datasets import make_digit_scenes
from protune_mm.engine.hooks.self_prompt_init_hook import SelfPromptInitHook
from protune_mm.engine.prototypes import PROTOTYPES
from protune_mm.errors import UserError
from tests.command_line import ROOT, SERVER, free_port
from tests.prompted_training import LENGTH, FirstPrompts, prompted_config
from tests.small_swin import ARCH
from tests.small_training import ITEMS, Interruption, Stop, train

HOOK = dict(type='SelfPromptInitHook')


def first_prompts(cfg, *hooks, **options):
    """Train, and return the prompts that training started from."""
    watch = FirstPrompts()
    train(cfg, watch, *hooks, **options)
    return watch.prompts


def set_prompts(runner, **arguments):
    """Call the hook alone, and return what it set."""
    SelfPromptInitHook(**arguments).before_train(runner)
    return [value.clone() for value in runner.model.backbone.prompt_values()]


def stock_tokens(runner):
    """Patch tokens of all images that each layer starts from, by the host."""
    cfg = dict(runner.cfg.model.backbone)
    cfg = {k: v for k, v in cfg.items() if not k.startswith('prompt_')}
    cfg.pop('random_frozen')
    cfg.update(
        type='VisionTransformer',
        out_type='raw',
        out_indices=[0, 1],
        final_norm=False)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        stock = MODELS.build(cfg)
    stock.eval()
    stock.load_state_dict(runner.model.backbone.state_dict(), strict=False)
    dataset = runner.train_dataloader.dataset
    images = torch.stack([item['inputs'] for item in dataset]).float()
    with torch.no_grad():
        return stock.patch_embed(images)[0], stock(images)[0][:, 1:]


def images_of(prompts, candidates):
    """Which image each prompt is of; candidates are ``(B, M, C)``."""
    distance = (prompts[:, None, None] - candidates).abs().amax(-1)
    assert (distance.flatten(1).min(1).values < 1e-4).all()
    return distance.amin(2).argmin(1).tolist()


@pytest.mark.parametrize('depth, blocks', [('deep', 2), ('shallow', 1)])
@pytest.mark.parametrize('sampling', ['random', 'mean'])
def test_prompts_are_prototypes_of_many_images(sampling, depth, blocks,
                                               tmp_path):
    hook = dict(HOOK, sampling=sampling, num_images=ITEMS)
    watch = FirstPrompts()
    runner = train(
        prompted_config(tmp_path, hook, noise=False, prompt_depth=depth),
        watch)
    assert len(watch.prompts) == blocks
    for start, end in zip(watch.prompts,
                          runner.model.backbone.prompt_values()):
        assert not torch.equal(start, end)  # they train on
    for prompts, tokens in zip(watch.prompts, stock_tokens(runner)):
        assert prompts.shape == (LENGTH, 16)
        if sampling == 'mean':  # 16 tokens are not two windows and a rest
            tokens = torch.stack([
                tokens[:, a:b].mean(1) for a, b in ((0, 6), (5, 11), (10, 16))
            ], 1)
        assert len(set(images_of(prompts, tokens))) > 1


def test_images_are_drawn_once_each(tmp_path):
    """Fewer images would hold too few tokens."""
    cfg = prompted_config(tmp_path, noise=False, prompt_length=170)
    runner = build_runner(cfg)
    prompts = set_prompts(runner, sampling='random', num_images=ITEMS)
    found = images_of(prompts[0], stock_tokens(runner)[0])
    assert len(set(found)) == ITEMS


@pytest.mark.parametrize('sampling', PROTOTYPES)
def test_seed_decides(sampling, tmp_path):
    """On images whose augmentation is all there is of them."""
    runner = build_runner(prompted_config(tmp_path))
    found = [
        set_prompts(runner, sampling=sampling, seed=seed) for seed in (0, 0, 1)
    ]
    for first, again, other in zip(*found):
        assert torch.equal(first, again)
        assert not torch.isclose(first, other).all(1).any()


def test_the_seed_is_that_of_the_training(tmp_path):
    cfg = prompted_config(tmp_path)
    cfg.randomness = dict(seed=5)
    runner = build_runner(cfg)
    found = set_prompts(runner), set_prompts(runner, seed=5)
    assert all(torch.equal(a, b) for a, b in zip(*found))


def test_training_draws_the_same_random_numbers(tmp_path):
    watches = FirstPrompts(), FirstPrompts()
    train(prompted_config(tmp_path / 'a', HOOK), watches[0])
    train(prompted_config(tmp_path / 'b'), watches[1])
    assert len(watches[0].images) == 3 * ITEMS
    np.testing.assert_array_equal(*(watch.images for watch in watches))
    for prompts, others in zip(*(watch.prompts for watch in watches)):
        assert not torch.isclose(prompts, others).all(1).any()


def test_prompts_of_a_checkpoint_stay(tmp_path):
    cfg = prompted_config(tmp_path, HOOK)
    with pytest.raises(Interruption):
        train(cfg, Stop(1))
    state = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    found = first_prompts(cfg, resume=True)
    saved = [
        value for name, value in state['state_dict'].items()
        if '.prompts.tokens.' in name
    ]
    assert torch.equal(torch.stack(found), torch.cat(saved))


@pytest.mark.parametrize('length, number', [(ITEMS, ITEMS), (100, 32),
                                            (400, 40), (10_500, 1000)])
def test_default_number_of_images(length, number, tmp_path, capsys):
    cfg = prompted_config(tmp_path, length=length, noise=False)
    set_prompts(build_runner(cfg), sampling='random')
    assert f'{number}/{number}' in capsys.readouterr().err


@pytest.mark.parametrize('backbone, message', [
    (dict(tuning='head'), 'SelfPromptInitHook needs .* there are 0: take'),
    (dict(prompt_projection=4), 'leave prompt_projection out'),
])
def test_unfit_models_are_refused(backbone, message, tmp_path):
    runner = build_runner(prompted_config(tmp_path, **backbone))
    with pytest.raises(UserError, match=message):
        set_prompts(runner)


@pytest.mark.parametrize('arguments, message', [
    (dict(sampling='median'), "sampling='median' is not known"),
    (dict(num_images=0), 'num_images=0 is too small'),
    (dict(seed=-1), 'seed=-1 is too small'),
])
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(UserError, match=message):
        SelfPromptInitHook(**arguments)


# Images of several sizes, and augmentations that need other processes.
def segmentor(cfg):
    cfg.train_dataloader.dataset.pipeline.insert(
        2,
        dict(
            type='RandomResize',
            scale=(96, 96),
            ratio_range=(0.5, 1.),
            keep_ratio=True))


def detector(cfg):
    cfg.model.data_preprocessor.batch_augments = [
        dict(type='BatchSyncRandomResize', random_size_range=(64, 96))
    ]


@pytest.mark.parametrize(
    'demo, layout, change',
    [('fcn_protune_r18_digits', 'ade20k', segmentor),
     ('cascade_mask_rcnn_protune_r18_digits', 'coco', detector)])
def test_dense_prediction(demo, layout, change, tmp_path):
    cfg = Config.fromfile(ROOT / f'configs/demo/{demo}.py')
    make_digit_scenes(tmp_path / 'data', 8, 2, size=96, layout=layout)
    cfg.train_dataloader.dataset.data_root = f'{tmp_path}/data/'
    cfg.train_dataloader.num_workers = 0
    cfg.train_dataloader.persistent_workers = False
    cfg.model.backbone = dict(
        type='PromptedSwin', prompt_length=LENGTH, window_size=4, **ARCH)
    change(cfg)
    cfg.update(launcher='none', work_dir=str(tmp_path))
    runner = build_runner(cfg)
    prompts = [x.clone() for x in runner.model.backbone.prompt_values()]
    for old, new in zip(prompts, set_prompts(runner, num_images=6)):
        assert new.isfinite().all()
        assert not torch.isclose(old, new).all(1).any()


def _train_rank(rank, port, folder):
    os.environ.update(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port)
    cfg = prompted_config(folder, dict(HOOK, seed=0))
    cfg.update(launcher='pytorch', randomness=dict(diff_rank_seed=True))
    torch.save(first_prompts(cfg), folder / f'{rank}.pt')


def test_processes_start_from_the_same_prompts(tmp_path):
    """Those that a process alone starts from."""
    port = free_port()
    ranks = [
        SERVER.Process(target=_train_rank, args=(rank, port, tmp_path))
        for rank in range(2)
    ]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(60)
    first, second = (torch.load(tmp_path / f'{rank}.pt') for rank in range(2))
    alone = first_prompts(
        prompted_config(tmp_path / 'alone', dict(HOOK, seed=0)))
    for values in zip(first, second, alone):
        assert torch.equal(values[0], values[1])
        torch.testing.assert_close(values[0], values[2])
