"""tools/reproduce.py on VPT and SPT: sweep, table, loss curves."""
import cv2
import pytest
import torch
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS

from protune_mm.apis import load_config
from protune_mm.reproduction import options_tag
from tests.command_line import ROOT, run_tool
from tests.test_tools.test_reproduce import rows, table

OPTIONS = {
    'train_cfg.max_epochs': 1,
    'train_dataloader.dataset.indices': 64,
    'val_dataloader.dataset.indices': 32,
    'model.backbone.init_cfg.checkpoint': 'vit_slim.pth'
}
NAME = 'fgvc_embedded_swept_vpt-deep+spt-deep'
SMALL = ('fgvc', '--data', 'embedded', '--method', 'vpt-deep', 'spt-deep',
         '--seeds', '1', '--work-dir', 'runs', '--sweep', '--sweep-lr', '0.5',
         '2', '--sweep-wd', '0', '--cfg-options',
         *(f'{key}={value}' for key, value in OPTIONS.items()))
FOLDER = f'runs/{options_tag(OPTIONS)}'


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder with weights of the slim ViT, which are random here."""
    place = tmp_path_factory.mktemp('place')
    cfg = load_config(str(ROOT / 'configs/demo/vit_slim_letters.py'))
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(cfg.model.backbone)
    backbone.init_weights()
    torch.save(dict(state_dict=backbone.state_dict()), place / 'vit_slim.pth')
    return place


@pytest.fixture(scope='module')
def process(place):
    process = run_tool('reproduce.py', *SMALL, cwd=place)
    assert process.returncode == 0, process.stderr[-3000:]
    return process


def test_the_sweep_comes_first(place, process):
    assert process.stdout.startswith('3 runs: 0 done, 0 interrupted, 3 to do\n'
                                     'Then 1 with what the sweep chooses.\n')
    trials = rows(place / FOLDER / f'{NAME}_trials.csv')
    assert [row['setting'] for row in trials] == ['lr=0.5 wd=0', 'lr=2 wd=0']
    means = [float(row['mean']) for row in trials]
    best = '0.5' if means[0] >= means[1] else '2'
    assert f'Best of vit_slim, vpt-deep, digits: lr={best} wd=0\n' in \
        process.stdout
    folder = place / FOLDER / 'vit_slim/vpt-deep/digits'
    assert sorted(
        x.name for x in folder.iterdir()) == ['sweep', f'swept_lr{best}_wd0']
    # Rates are for batches of 256, these have 32.
    log = (folder / f'swept_lr{best}_wd0/seed0/train.log').read_text()
    assert 'Scaling the original LR by 0.125' in log
    for text in ('[1/2] vit_slim, vpt-deep, lr=0.5 wd=0, digits, seed 0: ',
                 '[1/2] vit_slim, spt-deep, digits, seed 0: ',
                 'min left] vit_slim, vpt-deep, digits, seed 0: '):
        assert text in process.stderr


def test_tables_and_pictures(place, process):
    found = rows(place / FOLDER / f'{NAME}.csv')
    results, losses = table(process.stdout)[2:4], table(process.stdout)[6:]
    for row, line, loss, method, trained in zip(
            found,
            results,
            losses, ('vpt-deep', 'spt-deep'),
        (4 * 10 * 64 + 650, 4 * 20 * 64 + 650),
            strict=True):
        assert (row['method'], row['trained'], row['seeds'],
                row['error']) == (method, str(trained), '1', '')
        assert line == [
            'vit_slim', method, f'{trained / 1e6:.4f}',
            f'{float(row["mean"]):.1f}'
        ]
        assert loss[:3] == ['vit_slim', 'digits', method]
    assert (place / FOLDER / f'{NAME}.md').read_text() in process.stdout
    pictures = [f'{FOLDER}/{NAME}{x}.png' for x in ('', '_loss')]
    assert process.stdout.splitlines()[-2:] == pictures
    for picture in pictures:
        assert cv2.imread(str(place / picture)).std() > 0


def test_prompts_start_from_prototypes(place, process):
    folder = place / FOLDER / 'vit_slim/spt-deep/digits/seed0'
    log = (folder / 'train.log').read_text()
    assert "Prompts start from 'mean' prototypes" in log


def test_what_is_done_stays_done(place, process):
    again = run_tool('reproduce.py', *SMALL, cwd=place)
    assert again.returncode == 0, again.stderr[-3000:]
    assert again.stdout.startswith('3 runs: 3 done, 0 interrupted, 0 to do\n')
    assert '[1/' not in again.stderr
    assert table(again.stdout) == table(process.stdout)


def test_missing_weights(tmp_path):
    """A sweep that fails is told of in the table, as any error."""
    process = run_tool(
        'reproduce.py',
        *SMALL[:-1],
        'model.backbone.init_cfg.checkpoint=no.pth',
        cwd=tmp_path)
    assert process.returncode == 1
    assert 'Traceback' not in process.stderr
    errors = [x for x in process.stdout.splitlines() if x.startswith('* ')]
    assert errors[0].startswith('* vit_slim, vpt-deep, digits: 2 of the 2 '
                                'trainings of its sweep failed: model.')
    assert 'there is no such file' in errors[1]
    assert [line[1]
            for line in table(process.stdout)[2:]] == ['vpt-deep', 'spt-deep']


@pytest.mark.parametrize('arguments, sentence', [
    (('table8', '--sweep'), '--sweep is for the methods vpt-shallow and '
     'vpt-deep of fgvc and vtab: choose them or leave it out.'),
    (('vtab', '--sweep-lr', '1'), '--sweep-lr and --sweep-wd need --sweep.'),
])
def test_wrong_arguments(arguments, sentence, tmp_path):
    process = run_tool('reproduce.py', *arguments, cwd=tmp_path)
    assert process.returncode == 2
    assert process.stderr.endswith(f'error: {sentence}\n')
    assert not list(tmp_path.iterdir())
