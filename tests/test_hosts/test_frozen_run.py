"""Which modules of a frozen backbone keep less, and what is said of it."""
import pytest
from torch import nn

from protune_mm.hosts import memory_line
from tests import backbones, prompted_backbones

BY_NAME = {
    str(case): case
    for case in backbones.CASES + prompted_backbones.CASES
}


@pytest.mark.parametrize('name, memory, line', [
    ('mmdet-ResNet-18', 'lean',
     "memory='lean': 20 Conv2d, 20 BatchNorm2d, 9 ReLU keep next to nothing; "
     '1 MaxPool2d keep what torch keeps.'),
    ('mmdet-ResNet-18', 'plain', ''),
    ('mmpretrain-PromptedViT-class-token', 'leanest',
     "memory='leanest': 1 Conv2d keep next to nothing; "
     '6 TransformerEncoderLayer are computed again in backward; '
     '1 AdaptivePadding, 1 LayerNorm keep what torch keeps.'),
])
def test_line(name, memory, line):
    assert memory_line(BY_NAME[name].build(memory=memory)) == line


def test_no_line_where_nothing_is_frozen():
    case = BY_NAME['mmdet-ResNet-18']
    assert not memory_line(case.build(tuning='finetune'))
    assert not memory_line(case.build(tuning='head'))


def test_merging_of_swin_runs_again():
    model = BY_NAME['mmdet-Swin-T'].build(memory='leanest')
    assert sum(path.endswith('downsample') for path in model.recomputed) == 3


def test_the_widest_blocks_run_once():
    model = BY_NAME['mmdet-Swin-T'].build(
        memory='leanest', depths=(2, 2, 6, 2), embed_dims=24)
    blocks = [path for path in model.recomputed if 'blocks' in path]
    assert len(blocks) == 10 and not any('stages.3' in x for x in blocks)


def test_a_block_around_a_prompt_runs_once():
    case = BY_NAME['mmpretrain-ConvNeXt']
    inside = 'stages.2.3.depthwise_conv'
    model = case.build(memory='leanest', prompt_stages=['stages.1', inside])
    assert 'stages.2.3' not in model.recomputed
    assert 'stages.2.2' in model.recomputed


def test_exchanged_norms_keep_little_too():
    """As of ``sync_bn`` in a config: torch makes new modules."""
    model = BY_NAME['mmdet-ResNet-18'].build()
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model).train()
    norms = [
        m for name, m in model.named_modules()
        if isinstance(m, nn.SyncBatchNorm) and not name.startswith('prompts')
    ]
    assert len(norms) == 20
    assert all('forward' in vars(norm) for norm in norms)
