"""Contract 1: a stock config trains when only the backbone's type changes."""
import pytest
import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import PixelData

from protune_mm.tuning import split_state


def detection(cfg):
    from mmdet.testing import demo_mm_inputs
    return demo_mm_inputs(
        2, image_shapes=[(3, 64, 64)] * 2, num_classes=80, with_mask=True)


def segmentation(cfg):
    from mmseg.structures import SegDataSample
    samples = [
        SegDataSample(
            gt_sem_seg=PixelData(data=torch.randint(150, (1, 64, 64))))
        for _ in range(2)
    ]
    return dict(
        inputs=[torch.randint(256, (3, 64, 64)) for _ in range(2)],
        data_samples=samples)


def classification(cfg):
    from mmpretrain.structures import DataSample
    samples = [DataSample().set_gt_label(label) for label in (1, 2)]
    return dict(
        # The size that mmpretrain's Swin wants.
        inputs=[torch.randint(256, (3, 224, 224)) for _ in range(2)],
        data_samples=samples)


SWIN_UPERNET = ('mmseg::swin/swin-tiny-patch4-window7-in1k-pre_upernet_8xb2-'
                '160k_ade20k-512x512.py')
SWIN_MASK_RCNN = 'mmdet::swin/mask-rcnn_swin-t-p4-w7_fpn_1x_coco.py'
SWIN = 'mmpretrain::swin_transformer/swin-tiny_16xb64_in1k.py'
DEIT = 'mmpretrain::deit/deit-tiny_4xb256_in1k.py'


@pytest.mark.parametrize('base, batch, twin', [
    ('mmdet::retinanet/retinanet_r18_fpn_1x_coco.py', detection,
     'ProTuneResNet'),
    ('mmseg::fcn/fcn_r50-d8_4xb4-80k_ade20k-512x512.py', segmentation,
     'ProTuneResNetV1c'),
    ('mmpretrain::resnet/resnet18_8xb32_in1k.py', classification,
     'ProTuneResNet'),
    (SWIN_MASK_RCNN, detection, 'ProTuneSwin'),
    (SWIN_UPERNET, segmentation, 'ProTuneSwin'),
    (SWIN, classification, 'ProTuneSwin'),
    (SWIN_MASK_RCNN, detection, 'PromptedSwin'),
    (SWIN_UPERNET, segmentation, 'PromptedSwin'),
    (SWIN, classification, 'PromptedSwin'),
    (DEIT, classification, 'PromptedViT'),
])
def test_one_word_changed(base, batch, twin):
    cfg = Config.fromstring(
        f"_base_ = ['{base}']\ncustom_imports = dict(imports=['protune_mm'])",
        '.py')
    cfg.model.backbone.type = twin
    # As the runner does.
    cfg.model.setdefault('data_preprocessor', cfg.get('data_preprocessor'))
    if base.startswith('mmseg'):  # it pads to its crop of 512
        cfg.model.data_preprocessor.size = (64, 64)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = revert_sync_batchnorm(MODELS.build(cfg.model))
        wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    if base.startswith('mmpretrain'):  # the others would download
        model.init_weights()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    model.train_step(batch(cfg), wrapper)
    trained, frozen = split_state(model)
    assert frozen
    assert all(torch.equal(before[k], v) for k, v in frozen.items())
    changed = {k for k, v in trained.items() if not torch.equal(before[k], v)}
    for part in model.backbone.prompts:
        prefix = f'backbone.prompts.{part}.'
        assert any(k.startswith(prefix) for k in changed)
    assert any(not k.startswith('backbone.') for k in changed)
