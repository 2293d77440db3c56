"""One iteration and one evaluation of every host, at its full width.

Only paths and image sizes differ from the configs, and the depth of ViT-L and
Swin-B.
"""
import pickle
from functools import partial
from importlib import import_module

import pytest
import torch

from protune_mm.tuning.base import BASE, Base
from tests.backbone_case import block_count
from tests.command_line import ROOT, run_tool

R50 = 3612404  # the prompts of the paper
SWIN_T = 12505 + 12505 + 43441 + 160609 + 616129
# A prompt of a block of Swin-T has the width of its stage.
TOKENS = 20 * (2 * 96 + 2 * 192 + 6 * 384 + 2 * 768)
# What trains inside a backbone: five blocks, tokens or ranks of each layer.
INSIDE = dict(
    swin_t=dict(protune=SWIN_T, spt=TOKENS),
    vit_b=dict(
        protune=5 * block_count(768, 4),
        vpt=12 * 20 * 768,
        spt=12 * 20 * 768,
        lora=12 * 8 * 6 * 768),
    vit_l=dict(
        protune=5 * block_count(1024, 4),
        vpt=4 * 20 * 1024,
        spt=4 * 20 * 1024,
        lora=4 * 8 * 6 * 1024))
INSIDE['dinov2_b'] = INSIDE['vit_b']
# Of the large ones, a machine with little memory keeps four and five layers.
SHALLOW = dict(
    vit_l=dict(num_layers=4, out_indices=(0, 1, 2, 3)),
    swin_b=dict(depths=(1, 1, 2, 1)))
WIDTHS = 128 + 256 + 2 * 512 + 1024
INSIDE['swin_b'] = dict(
    lora=42 * 6 * WIDTHS,
    adaptformer=2 * (2 * 64 * WIDTHS + 5 * 64 + WIDTHS),
    mona=2 * (133 * WIDTHS + 5 * 9728))
# Where the sizes of images for training are, if not in the usual place.
CHOICE = 'train_dataloader.dataset.pipeline.3.transforms'
TRAIN_SCALES = dict(swin_b=[
    f'{CHOICE}.0.0.scales=[(128,128)]', f'{CHOICE}.1.0.scales=[(128,128)]',
    f'{CHOICE}.1.1.crop_size=(64,96)', f'{CHOICE}.1.2.scales=[(128,128)]'
])
# Name of the config: all that trains, and what the evaluation prints.
ROWS = {
    'cascade_mask_rcnn_{}_coco': (53816574, 'coco/segm_mAP: '),
    'htc_{}_coco': (56750261, 'coco/segm_mAP: '),
    'htc_without_semantic_{}_coco': (53948158, 'coco/segm_mAP: '),
    'fcn_{}_ade20k': (26071340, 'mIoU: '),
    'upernet_{}_ade20k': (42988844, 'mIoU: '),
    'mask_rcnn_{}_coco': (None, 'coco/segm_mAP: '),
    'setr_pup_{}_ade20k': (None, 'mIoU: '),
}


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Files with the backbones' stock names, as the model zoos have."""
    folder = tmp_path_factory.mktemp('weights')

    def save(host, stock, prefix='', **arguments):
        """Once for all that ask for it."""
        module = import_module(f'{host}.models.backbones')
        path = folder / f'{host}_{stock}_{len(arguments)}.pth'
        if not path.exists():
            state = getattr(module, stock)(**arguments).state_dict()
            state = {prefix + k: v for k, v in state.items()}
            torch.save(dict(state_dict=state), path)
        return path

    vit = partial(save, 'mmseg', 'VisionTransformer', patch_bias=True)
    theirs = partial(save, 'mmpretrain', 'VisionTransformer', 'backbone.')
    makers = dict(
        coco=dict(
            r50=partial(save, 'mmdet', 'ResNet', depth=50),
            # Without conversion mmdet takes those of a whole model.
            swin_t=partial(save, 'mmdet', 'SwinTransformer', 'backbone.'),
            swin_b=partial(
                save,
                'mmdet',
                'SwinTransformer',
                'backbone.',
                embed_dims=128,
                num_heads=(4, 8, 16, 32),
                **SHALLOW['swin_b']),
            vit_b=partial(theirs, arch='base')),
        ade20k=dict(
            r50=partial(save, 'mmseg', 'ResNetV1c', depth=50),
            swin_t=partial(save, 'mmseg', 'SwinTransformer'),
            vit_b=vit,
            vit_l=partial(
                vit, embed_dims=1024, num_heads=16, **SHALLOW['vit_l']),
            dinov2_b=partial(
                theirs,
                arch='base',
                img_size=518,
                patch_size=14,
                layer_scale_init_value=1e-5)))
    return lambda data, backbone: makers[data][backbone]()


def options(row, backbone, checkpoint):
    """Small images, few regions, one iteration."""
    data = row.rsplit('_', 1)[-1]
    chosen = [f'model.backbone.init_cfg.checkpoint={checkpoint}']
    for loader in ('train', 'val', 'test'):
        chosen += [
            f'{loader}_dataloader.num_workers=0',
            f'{loader}_dataloader.persistent_workers=False'
        ]
    chosen += [
        f'model.backbone.{name}={value}'.replace(' ', '')
        for name, value in SHALLOW.get(backbone, {}).items()
    ]
    if data == 'coco':
        if backbone.startswith('swin'):
            chosen.append('model.backbone.convert_weights=False')
        return chosen + [
            f'{loader}_dataloader.dataset.pipeline.1.scale=(128,128)'
            for loader in ('val', 'test')
        ] + [
            'model.test_cfg.rpn.max_per_img=20',
            'model.test_cfg.rcnn.max_per_img=5',
            'model.test_cfg.rcnn.score_thr=0'
        ], [
            *TRAIN_SCALES.get(
                backbone,
                ['train_dataloader.dataset.pipeline.2.scale=(128,128)']),
            'model.train_cfg.rpn_proposal.max_per_img=20',
            *(f'model.train_cfg.{stage}.sampler.num=8'
              for stage in (['rcnn'] if row.startswith('mask') else
                            ['rcnn.0', 'rcnn.1', 'rcnn.2'])),
            'train_dataloader.dataset.indices=2', 'train_cfg.max_epochs=1',
            'default_hooks.logger.interval=1'
        ]
    side = 56 if backbone == 'dinov2_b' else 64
    return chosen + [
        f'{loader}_dataloader.dataset.pipeline.1.scale=(64,64)'
        for loader in ('val', 'test')
    ] + [f'model.data_preprocessor.size=({side},{side})'], [
        'train_dataloader.dataset.pipeline.2.scale=(96,96)',
        f'train_dataloader.dataset.pipeline.3.crop_size=({side},{side})',
        'train_dataloader.batch_size=2', 'train_cfg.max_iters=1',
        'train_cfg.val_interval=1', 'default_hooks.logger.interval=1'
    ]


@pytest.mark.parametrize('row, tuning, backbone', [
    *((row, 'protune', 'r50') for row in ROWS if ROWS[row][0]),
    ('htc_{}_coco', 'protune', 'swin_t'),
    ('upernet_{}_ade20k', 'protune', 'swin_t'),
    ('cascade_mask_rcnn_{}_coco', 'spt', 'swin_t'),
    ('upernet_{}_ade20k', 'spt', 'swin_t'),
    *(('cascade_mask_rcnn_{}_coco', method, 'swin_b')
      for method in ('lora', 'adaptformer', 'mona')),
    ('mask_rcnn_{}_coco', 'vpt', 'vit_b'),
    ('upernet_{}_ade20k', 'lora', 'dinov2_b'),
    ('setr_pup_{}_ade20k', 'spt', 'vit_l'),
])
def test_trains_and_is_tested(row, tuning, backbone, weights, workplace,
                              tmp_path):
    trained_with_r50, metric = ROWS[row]
    data = row.rsplit('_', 1)[-1]
    config = ROOT / f'configs/{row.format(f"{tuning}_{backbone}")}.py'
    pretrained = weights(data, backbone)
    both, training = options(row, backbone, pretrained)
    process = run_tool(
        'train.py',
        config,
        '--work-dir',
        tmp_path,
        '--cfg-options',
        *both,
        *training,
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert metric in process.stdout
    if backbone == 'r50':
        assert f'{trained_with_r50 + R50:,}' in process.stdout
    else:
        assert f'{INSIDE[backbone][tuning]:,}' in process.stdout
    assert ('loss_semantic_seg' in process.stdout) == ('htc_{' in row)

    checkpoint = (tmp_path / 'last_checkpoint').read_text()
    saved = torch.load(checkpoint, weights_only=False)
    # The optimizer has a state for what had a gradient: all, or DDP refuses.
    optimizer = saved['optimizer']
    assert len(optimizer['state']) == sum(
        len(group['params']) for group in optimizer['param_groups'])
    state = saved['state_dict']
    # Had a bit of it changed, the frozen backbone would be in the file.
    base = Base.decode(state[f'backbone.{BASE}'])
    assert base.source['checkpoint'] == str(pretrained)
    stock = torch.load(pretrained)['state_dict']
    for name in stock:
        name = name.removeprefix('backbone.')
        # Those of Swin's outputs train, and the last one of a ViT.
        if not name.startswith(('norm', 'ln1')):
            assert f'backbone.{name}' not in state
    if tuning == 'protune':  # the last norms start at zero
        assert any(
            value.abs().sum() > 0 for name, value in state.items()
            if name.startswith('backbone.prompts.') and 'norm3.weight' in name)

    process = run_tool(
        'test.py',
        config,
        checkpoint,
        '--work-dir',
        tmp_path / 'test',
        '--out',
        tmp_path / 'out.pkl',
        '--show-dir',
        tmp_path / 'show',
        '--cfg-options',
        *both,
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert metric in process.stdout
    assert len(pickle.loads((tmp_path / 'out.pkl').read_bytes())) == 2
    assert len(list((tmp_path / 'show').rglob('*.[jp][pn]g'))) == 2
