"""tools/train.py and tools/test.py with the real ResNet-50 HTC."""
import pickle

import torch

from protune_mm.models import ProTuneResNet
from tests.command_line import ROOT, run_tool, tiny_demo

DEMO = ROOT / 'configs/demo/htc_protune_r18_digits.py'
HTC = ROOT / 'configs/htc_protune_r50_coco.py'


def test_real_htc_trains_and_is_tested(workplace, tmp_path):
    """Only paths and sizes differ from the config."""
    weights = tmp_path / 'resnet50.pth'
    stock = {
        k: v
        for k, v in ProTuneResNet.mmdet(depth=50).state_dict().items()
        if not k.startswith('prompts.')
    }
    torch.save(dict(state_dict=stock), weights)
    sizes = [
        f'{loader}.dataset.pipeline.{step}.scale=(128,128)'
        for loader, step in (('train_dataloader', 2), ('val_dataloader', 1),
                             ('test_dataloader', 1))
    ]
    process = run_tool(
        'train.py',
        HTC,
        '--work-dir',
        tmp_path,
        '--cfg-options',
        f'model.backbone.init_cfg.checkpoint={weights}',
        'train_cfg.max_epochs=1',
        'default_hooks.logger.interval=1',
        'train_cfg.val_interval=2',
        *sizes,
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert '60,362,665' in process.stdout
    assert 'loss_semantic_seg' in process.stdout

    trained = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    state = trained['state_dict']
    for name, value in stock.items():
        assert torch.equal(state[f'backbone.{name}'], value), name
    assert state['backbone.prompts.layer1.0.norm3.weight'].abs().sum() > 0

    process = run_tool(
        'test.py',
        HTC,
        tmp_path / 'epoch_1.pth',
        '--work-dir',
        tmp_path / 'test',
        '--out',
        tmp_path / 'out.pkl',
        '--show-dir',
        tmp_path / 'show',
        '--cfg-options',
        *sizes,
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'coco/bbox_mAP: ' in process.stdout
    assert 'coco/segm_mAP: ' in process.stdout
    assert len(pickle.loads((tmp_path / 'out.pkl').read_bytes())) == 2
    assert len(list((tmp_path / 'show').glob('*.jpg'))) == 2


def test_an_interrupted_training_goes_on(workplace, tmp_path):
    for epochs, resume in ((1, []), (2, ['--resume'])):
        process = run_tool(
            'train.py',
            DEMO,
            '--work-dir',
            tmp_path,
            *resume,
            *tiny_demo(epochs),
            cwd=workplace)
        assert process.returncode == 0, process.stderr[-3000:]
    assert 'resumed epoch: 1, iter: 4' in process.stdout
    assert 'Epoch(train) [1]' not in process.stdout
    first, second = (
        torch.load(tmp_path / f'epoch_{i}.pth', weights_only=False)
        for i in (1, 2))
    name = 'backbone.prompts.layer1.0.norm3.weight'
    assert not torch.equal(first['state_dict'][name],
                           second['state_dict'][name])
    steps = [state['step'] for state in second['optimizer']['state'].values()]
    assert steps and all(step == 8 for step in steps)
