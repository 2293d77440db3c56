"""Mutual information of prompts and patch tokens while they train."""
import csv
import json
from math import log

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from mmengine.runner import IterBasedTrainLoop
from PIL import Image
from sklearn.metrics import normalized_mutual_info_score

from protune_mm.apis import build_runner
from protune_mm.engine.hooks import PromptNMIHook
from protune_mm.engine.hooks.self_prompt_init_hook import SelfPromptInitHook
from protune_mm.errors import UserError
from protune_mm.evaluation.mutual_information import mutual_information
from protune_mm.visualization.information_figure import information_figure
from tests.prompted_training import prompted_config
from tests.small_training import ITEMS, Interruption, Stop, train

HOOK = dict(type='PromptNMIHook', bins=4)
SEEDED = dict(type='EpochSeedHook')


def vectors(number, channels, seed=0):
    return torch.randn(number, channels, generator=torch.manual_seed(seed))


def rows_of(work_dir):
    with open(work_dir / 'prompt_nmi.csv', newline='') as file:
        return list(csv.DictReader(file))


def labels(vector, bins):
    """Bins of equal count by value."""
    found = np.empty(len(vector), int)
    for label, part in enumerate(np.array_split(vector.argsort(), bins)):
        found[part] = label
    return found


@pytest.mark.parametrize('channels, bins', [(96, 4), (768, 16), (64, 2)])
def test_pairs_score_as_in_scikit_learn(channels, bins):
    prompts, tokens = vectors(3, channels), vectors(4, channels, seed=1)
    tokens[0] = prompts[0].exp()  # the same order
    found = mutual_information(prompts, tokens, bins)
    for i, prompt in enumerate(prompts.numpy()):
        for j, token in enumerate(tokens.numpy()):
            expected = normalized_mutual_info_score(
                labels(prompt, bins), labels(token, bins))
            assert found[i, j] == pytest.approx(expected, abs=1e-9)
    assert found[0, 0] == pytest.approx(1)


def test_score_of_independent_vectors():
    found = mutual_information(vectors(20, 768), vectors(16, 768, seed=1), 16)
    assert found.mean() == pytest.approx(15**2 / 2 / 768 / log(16), rel=0.1)


def test_too_many_bins_are_refused(tmp_path):
    with pytest.raises(UserError, match='bins=64 are too many for prompts'):
        train(prompted_config(tmp_path, dict(HOOK, bins=64)))


def test_records_of_a_training(tmp_path):
    (tmp_path / 'prompt_nmi.csv').write_text('of an older training\n')
    train(prompted_config(tmp_path, HOOK))
    rows = rows_of(tmp_path)
    assert list(rows[0]) == ['epoch', 'layer_0', 'layer_1', 'mean']
    assert [row['epoch'] for row in rows] == ['0', '1', '2', '3']
    scalars = [
        json.loads(line) for line in next(
            tmp_path.glob('*/vis_data/scalars.json')).read_text().splitlines()
    ]
    scalars = [entry for entry in scalars if 'nmi/mean' in entry]
    for row, entry in zip(rows, scalars, strict=True):
        assert entry['step'] == int(row.pop('epoch'))
        for name, value in row.items():
            assert float(value) == pytest.approx(entry[f'nmi/{name}'], 1e-5)
        values = [float(row[f'layer_{i}']) for i in (0, 1)]
        assert 0 < min(values) and max(values) < 1
        assert float(row['mean']) == pytest.approx(np.mean(values), 1e-5)
    assert len({row['mean'] for row in rows}) == 4  # prompts have trained
    with Image.open(tmp_path / 'prompt_nmi.png') as image:
        assert len(image.convert('RGB').getcolors(1 << 20)) > 10


def test_all_patch_tokens_of_the_current_network_count(tmp_path):
    cfg = prompted_config(
        tmp_path,
        dict(HOOK, num_images=ITEMS, num_tokens=16 * ITEMS),
        noise=False,
        prompt_length=20)
    cfg.model.data_preprocessor = dict(mean=[128] * 3, std=[1e3] * 3)
    runner = train(cfg, SelfPromptInitHook())
    dataset = runner.train_dataloader.dataset
    images = torch.stack([item['inputs'] for item in dataset]).float()
    backbone = runner.model.backbone
    patches = backbone.patch_tokens((images - 128) / 1e3, prompted=True)
    row = rows_of(tmp_path)[-1]
    for i, prompts in enumerate(backbone.prompt_values()):
        expected = mutual_information(prompts, patches[i].flatten(0, 1), 4)
        assert float(row[f'layer_{i}']) == pytest.approx(
            expected.mean(), rel=1e-4)


def test_measured_after_prompts_are_set(tmp_path):
    """Prompts that are tokens have more in common with tokens."""
    starts = []
    for name, hooks in dict(
            vpt=[], spt=[SelfPromptInitHook('random')]).items():
        cfg = prompted_config(
            tmp_path / name, HOOK, noise=False, prompt_length=20)
        train(cfg, *hooks)
        starts.append(float(rows_of(tmp_path / name)[0]['layer_0']))
    vpt, spt = starts
    assert spt > 1.2 * vpt


def test_training_is_not_changed(tmp_path):
    states = []
    for name, hooks in dict(a=[HOOK], b=[]).items():
        runner = train(prompted_config(tmp_path / name, *hooks))
        states.append(runner.model.state_dict())
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


@pytest.mark.parametrize('interval, epochs', [(1, '0123'), (2, '02')])
def test_resumed_training_goes_on_with_the_file(interval, epochs, tmp_path):
    hook = dict(HOOK, interval=interval)
    train(prompted_config(tmp_path / 'a', hook, SEEDED))
    cfg = prompted_config(tmp_path / 'b', hook, SEEDED)
    with pytest.raises(Interruption):
        train(cfg, Stop(2))
    assert not (tmp_path / 'b/prompt_nmi.png').exists()
    train(cfg, resume=True)
    assert ''.join(row['epoch'] for row in rows_of(tmp_path / 'b')) == epochs
    assert rows_of(tmp_path / 'a') == rows_of(tmp_path / 'b')


def test_hook_added_when_resuming(tmp_path):
    train(prompted_config(tmp_path))
    train(prompted_config(tmp_path, dict(HOOK, interval=2)), resume=True)
    assert [row['epoch'] for row in rows_of(tmp_path)] == ['3']


def test_figure():
    rows = [
        dict(epoch=i, layer_0=.1 * i, layer_1=.2, layer_2=.3, mean=.2)
        for i in range(3)
    ]
    axes, = information_figure(rows).axes
    *layers, mean = axes.get_lines()
    assert [x.get_label() for x in layers] == ['layer 0', 'layer 1', 'layer 2']
    np.testing.assert_allclose(layers[0].get_xydata(), [(0, 0), (1, .1),
                                                        (2, .2)])
    light = [sum(to_rgb(line.get_color())) for line in layers]
    assert light == sorted(light, reverse=True) and len(set(light)) == 3
    assert mean.get_label() == 'mean'
    assert to_rgb(mean.get_color()) == (0, 0, 0)


def test_unfit_trainings_are_refused(tmp_path):
    runner = build_runner(prompted_config(tmp_path / 'a', tuning='head'))
    hook = PromptNMIHook()
    with pytest.raises(UserError, match='PromptNMIHook needs .* there are 0'):
        hook.before_train(runner)
    cfg = prompted_config(tmp_path / 'b')
    cfg.train_cfg = dict(by_epoch=False, max_iters=2)
    runner = build_runner(cfg)
    assert isinstance(runner.train_loop, IterBasedTrainLoop)
    with pytest.raises(UserError, match='by_epoch=True'):
        hook.before_train(runner)


@pytest.mark.parametrize('name, value', [('num_images', 0), ('num_tokens', 0),
                                         ('bins', 1), ('interval', 0)])
def test_numbers_out_of_range_are_refused(name, value):
    with pytest.raises(UserError, match=f'{name}={value} is too small'):
        PromptNMIHook(**{name: value})
