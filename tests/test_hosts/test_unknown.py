"""What is known of a backbone without a family."""
import pytest
from mmcv.cnn import ConvModule
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from protune_mm.errors import UserError
from protune_mm.models import build_protune_backbone


@MODELS.register_module()
class BlocksAndMore(nn.Module):
    """Two blocks on the way to the output, one behind it."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(ConvModule(3, 3, 1) for _ in range(3)))

    def forward(self, x):
        first, second, spare = self.blocks
        x = second(first(x))
        spare(x)
        return x


def build(number, backbone, **kwargs):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return build_protune_backbone(
            backbone, tuning=f'partial-{number}', **kwargs)


@pytest.mark.parametrize('number, blocks', [(1, ['1']), (2, ['0', '1'])])
def test_partial_leaves_out_what_reaches_no_output(number, blocks):
    model = build(number, BlocksAndMore)
    assert [n for n, p in model.named_parameters() if p.requires_grad] == [
        f'blocks.{block}.conv.{kind}' for block in blocks
        for kind in ('weight', 'bias')
    ]


@pytest.mark.parametrize('number, block', [(1, 'blocks.6.0.'),
                                           (2, 'blocks.5.3.')])
def test_partial_trains_the_last_blocks(number, block):
    model = build(
        number,
        'TIMMBackbone',
        model_name='tf_efficientnet_lite0',
        features_only=True)
    names = [n for n, p in model.named_parameters() if p.requires_grad]
    assert names[0].startswith(f'timm_model.{block}')
    assert names[-1] == 'timm_model.blocks.6.0.bn3.bias'


def test_partial_of_one_piece():

    @MODELS.register_module()
    class OnePiece(nn.Conv2d):
        pass

    with pytest.raises(UserError, match='list what trains in trained_modules'):
        build(1, OnePiece, in_channels=3, out_channels=3, kernel_size=1)
