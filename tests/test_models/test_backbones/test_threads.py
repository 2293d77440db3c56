"""Threads predict at the same time on one backbone, images of any size."""
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests import backbones, method_backbones, prompted_backbones
from tests.lean_case import wake

THREADS, PREDICTIONS = 4, 50
SIZES = ((64, 64), (64, 96), (96, 64), (128, 64))
# A row of each family, and both with prompt tokens.
ROWS = ('mmdet-ResNet-18', 'mmdet-RegNetX-400MF', 'mmdet-Swin-T',
        'mmpretrain-ViT-maps', 'mmpretrain-TIMMBackbone',
        'mmpretrain-PromptedViT-maps', 'mmdet-PromptedSwin-deep',
        'mmpretrain-PromptedSwin-deep', 'mmseg-ViT-maps',
        'mmseg-PromptedViT-deep', 'mmseg-PromptedViT-shallow',
        'mmdet-Mona-Swin', 'mmpretrain-AdaptFormer-ViT-class-token')
CASES = {
    str(case): case
    for case in (backbones.CASES + prompted_backbones.CASES +
                 method_backbones.CASES)
}


def outputs(model, number):
    """Predict the image of a number, which decides its size too."""
    generator = torch.Generator().manual_seed(number)
    size = SIZES[number % len(SIZES)]
    with torch.no_grad():
        found = model(torch.rand(1, 3, *size, generator=generator))
    return [found] if isinstance(found, torch.Tensor) else list(found)


@pytest.mark.parametrize('row', ROWS)
def test_each_gets_what_it_gets_alone(row):
    case = CASES[row]
    model = case.build(**case.awake).eval()
    wake(model)
    numbers = range(THREADS * PREDICTIONS)
    alone = [outputs(model, number) for number in numbers[:len(SIZES) * 2]]
    with ThreadPoolExecutor(THREADS) as pool:
        # Neighbours run at the same time and differ in size.
        together = list(
            pool.map(lambda n: outputs(model, n % len(alone)), numbers))
    for number, found in enumerate(together):
        expected = alone[number % len(alone)]
        assert len(found) == len(expected)
        assert all(torch.equal(a, b) for a, b in zip(found, expected))
