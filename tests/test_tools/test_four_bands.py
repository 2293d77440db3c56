"""Images of four bands on weights of three."""
import shutil

import mmcv
import numpy as np
import pytest
import torch

from tests.command_line import ROOT, run_tool, tiny_demo
from tests.test_tools.test_bad_input import refused

DEMO = ROOT / 'configs/demo/upernet_protune_r18_digits.py'
WEIGHTS = ROOT / 'configs/demo/resnet18_slim_letters.pth'


@pytest.fixture(scope='module')
def four_bands(workplace, tmp_path_factory):
    """The digits with a fourth band in each image."""
    place = tmp_path_factory.mktemp('bands')
    shutil.copytree(workplace / 'data/digits_ade20k',
                    place / 'data/digits_ade20k')
    for path in place.rglob('ADE_*.jpg'):
        image = mmcv.imread(path)
        image = np.concatenate((image, image[..., :1]), axis=-1)
        # Decoders go by what is inside.
        encoded = path.with_suffix('.png')
        mmcv.imwrite(image, str(encoded))
        encoded.rename(path)
    return place


def train(place, folder, *options):
    means = '[120]'
    return run_tool(
        'train.py',
        DEMO,
        '--work-dir',
        folder,
        *tiny_demo(iterations=1),
        *[
            f'{loader}_dataloader.dataset.pipeline.0.color_type=unchanged'
            for loader in ('train', 'val', 'test')
        ],
        f'model.data_preprocessor.mean={means}',
        f'model.data_preprocessor.std={means}',
        'model.data_preprocessor.bgr_to_rgb=False',
        'model.backbone.in_channels=4',
        *options,
        cwd=place)


def test_the_trained_stem_is_filled(four_bands, tmp_path):
    process = train(four_bands, tmp_path,
                    'model.backbone.trained_modules=conv1',
                    'optim_wrapper.optimizer.lr=0')
    assert process.returncode == 0, process.stderr[-3000:]
    assert ('New bands are the mean of those that the checkpoint has:\n'
            '  conv1.weight') in process.stdout
    trained = torch.load(tmp_path / 'iter_1.pth', weights_only=False)
    weight = trained['state_dict']['backbone.conv1.weight']
    known = torch.load(WEIGHTS, weights_only=False)
    known = known.get('state_dict', known)
    known = next(v for k, v in known.items() if k.endswith('conv1.weight'))
    torch.testing.assert_close(weight[:, :3], known)
    torch.testing.assert_close(weight[:, 3], known.mean(1))


def test_a_frozen_stem_is_refused(four_bands, tmp_path):
    sentence = refused(train(four_bands, tmp_path))
    assert 'conv1.weight (16, 3, 7, 7) instead of (16, 4, 7, 7)' in sentence
    assert "trained_modules=['conv1']" in sentence
