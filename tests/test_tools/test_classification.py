"""One epoch and one evaluation of a classifier of each family, full width.

The data are a few images of a real data set of the paper: Stanford Dogs in
its official layout, the weights files have the names of the model zoos.
"""
import numpy as np
import pytest
import torch
from mmpretrain.models import ResNet, SwinTransformer, VisionTransformer
from PIL import Image
from scipy.io import savemat

from protune_mm.tuning.base import BASE
from tests.command_line import ROOT, run_tool

STOCK = dict(
    r50=(ResNet, dict(depth=50)),
    deit_s=(VisionTransformer, dict(arch='deit-small')),
    swin_s=(SwinTransformer, dict(arch='small')))
# Trained parameters of Tables 2 and 3, whose heads have 120 outputs.
TRAINED = dict(r50='3,858,284', deit_s='850,013', swin_s='1,542,629')


@pytest.fixture(scope='module')
def dogs(tmp_path_factory):
    """An image of each breed."""
    root = tmp_path_factory.mktemp('dogs')
    rng = np.random.default_rng(0)
    paths = [f'n{i:08}-breed_{i}/{i}.jpg' for i in range(120)]
    for path in paths:
        (root / 'Images' / path).parent.mkdir(parents=True)
        pixels = rng.integers(0, 255, (90, 80, 3), np.uint8)
        Image.fromarray(pixels).save(root / 'Images' / path)
    files = np.array(paths, dtype=object)[:, None]
    for split in ('train', 'test'):
        savemat(root / f'{split}_list.mat',
                dict(file_list=files, labels=np.arange(1, 121)[:, None]))
    return root


@pytest.mark.parametrize('backbone', STOCK)
def test_trains_and_is_tested(backbone, dogs, tmp_path):
    cls, arguments = STOCK[backbone]
    stock = cls(**arguments)
    weights = tmp_path / 'weights.pth'
    torch.save(
        dict(state_dict={
            f'backbone.{k}': v
            for k, v in stock.state_dict().items()
        }), weights)
    leaf = ROOT / f'configs/classifier_protune_{backbone}_cifar100.py'
    config = tmp_path / f'classifier_protune_{backbone}_dogs.py'
    config.write_text((ROOT / leaf).read_text().replace(
        'cifar100', 'stanford_dogs').replace('./_base_',
                                             f'{ROOT}/configs/_base_'))
    options = [f'model.backbone.init_cfg.checkpoint={weights}']
    for loader in ('train', 'val', 'test'):
        options += [
            f'{loader}_dataloader.{option}'
            for option in ('batch_size=2', 'num_workers=0',
                           f'dataset.data_root={dogs}',
                           'dataset.check_size=False', 'dataset.indices=4')
        ]
    process = run_tool(
        'train.py',
        config,
        '--work-dir',
        tmp_path,
        '--cfg-options',
        'train_cfg.max_epochs=1',
        *options,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert TRAINED[backbone] in process.stdout
    assert 'accuracy/top1: ' in process.stdout
    assert 'single-label/recall: ' in process.stdout  # mean per class

    checkpoint = (tmp_path / 'last_checkpoint').read_text()
    saved = torch.load(checkpoint, weights_only=False)
    state = saved['state_dict']
    final = dict(r50='-', deit_s='ln1.', swin_s='norm3.')[backbone]
    # Had a bit of it changed, the frozen backbone would be in the file.
    assert f'backbone.{BASE}' in state
    for name in stock.state_dict():
        if not name.startswith(final):
            assert f'backbone.{name}' not in state
    assert any(
        value.abs().sum() > 0 for name, value in state.items()
        if name.startswith('backbone.prompts.') and 'norm3.weight' in name)

    process = run_tool(
        'test.py',
        config,
        checkpoint,
        '--work-dir',
        tmp_path / 'test',
        '--show-dir',
        tmp_path / 'show',
        '--cfg-options',
        *options,
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'accuracy/top1: ' in process.stdout
    assert len(list((tmp_path / 'show').rglob('*.png'))) == 4
