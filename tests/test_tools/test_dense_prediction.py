"""One iteration and one evaluation of every host, at its full width.

Only paths and image sizes differ from the configs.
"""
import pickle
from importlib import import_module

import pytest
import torch

from protune_mm.tuning.base import BASE, Base
from tests.command_line import ROOT, run_tool

R50 = 3612404  # the prompts of the paper
SWIN_T = 12505 + 12505 + 43441 + 160609 + 616129
# A prompt of a block of Swin-T has the width of its stage.
TOKENS = 20 * (2 * 96 + 2 * 192 + 6 * 384 + 2 * 768)
# Name of the config: all that trains, and what the evaluation prints.
ROWS = {
    'cascade_mask_rcnn_{}_coco': (53816574, 'coco/segm_mAP: '),
    'htc_{}_coco': (56750261, 'coco/segm_mAP: '),
    'htc_without_semantic_{}_coco': (53948158, 'coco/segm_mAP: '),
    'fcn_{}_ade20k': (26071340, 'mIoU: '),
    'upernet_{}_ade20k': (42988844, 'mIoU: '),
}


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Files with the backbones' stock names, as the model zoos have."""
    folder = tmp_path_factory.mktemp('weights')

    def save(host, stock, prefix='', **arguments):
        module = import_module(f'{host}.models.backbones')
        path = folder / f'{host}_{stock}.pth'
        state = getattr(module, stock)(**arguments).state_dict()
        torch.save(
            dict(state_dict={
                prefix + k: v
                for k, v in state.items()
            }), path)
        return path

    return dict(
        coco=dict(
            r50=save('mmdet', 'ResNet', depth=50),
            # Without conversion mmdet takes those of a whole model.
            swin_t=save('mmdet', 'SwinTransformer', 'backbone.')),
        ade20k=dict(
            r50=save('mmseg', 'ResNetV1c', depth=50),
            swin_t=save('mmseg', 'SwinTransformer')))


def options(data, backbone, checkpoint):
    """Small images, few regions, one iteration."""
    chosen = [f'model.backbone.init_cfg.checkpoint={checkpoint}']
    for loader in ('train', 'val', 'test'):
        chosen += [
            f'{loader}_dataloader.num_workers=0',
            f'{loader}_dataloader.persistent_workers=False'
        ]
    if data == 'coco':
        if backbone == 'swin_t':
            chosen.append('model.backbone.convert_weights=False')
        return chosen + [
            f'{loader}_dataloader.dataset.pipeline.1.scale=(128,128)'
            for loader in ('val', 'test')
        ] + [
            'model.test_cfg.rpn.max_per_img=20',
            'model.test_cfg.rcnn.max_per_img=5',
            'model.test_cfg.rcnn.score_thr=0'
        ], [
            'train_dataloader.dataset.pipeline.2.scale=(128,128)',
            'model.train_cfg.rpn_proposal.max_per_img=20',
            'train_dataloader.dataset.indices=2', 'train_cfg.max_epochs=1',
            'default_hooks.logger.interval=1'
        ]
    return chosen + [
        f'{loader}_dataloader.dataset.pipeline.1.scale=(64,64)'
        for loader in ('val', 'test')
    ] + ['model.data_preprocessor.size=(64,64)'], [
        'train_dataloader.dataset.pipeline.2.scale=(96,96)',
        'train_dataloader.dataset.pipeline.3.crop_size=(64,64)',
        'train_dataloader.batch_size=2', 'train_cfg.max_iters=1',
        'train_cfg.val_interval=1', 'default_hooks.logger.interval=1'
    ]


@pytest.mark.parametrize('row, tuning, backbone', [
    *((row, 'protune', 'r50') for row in ROWS),
    ('htc_{}_coco', 'protune', 'swin_t'),
    ('upernet_{}_ade20k', 'protune', 'swin_t'),
    ('cascade_mask_rcnn_{}_coco', 'spt', 'swin_t'),
    ('upernet_{}_ade20k', 'spt', 'swin_t'),
])
def test_trains_and_is_tested(row, tuning, backbone, weights, workplace,
                              tmp_path):
    trained_with_r50, metric = ROWS[row]
    data = row.rsplit('_', 1)[-1]
    config = ROOT / f'configs/{row.format(f"{tuning}_{backbone}")}.py'
    both, training = options(data, backbone, weights[data][backbone])
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
        prompts = SWIN_T if tuning == 'protune' else TOKENS
        assert f'{prompts:,}' in process.stdout
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
    assert base.source['checkpoint'] == str(weights[data][backbone])
    stock = torch.load(weights[data][backbone])['state_dict']
    for name in stock:
        name = name.removeprefix('backbone.')
        if not name.startswith('norm'):  # those of Swin's outputs train
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
