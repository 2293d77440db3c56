"""Bad input through the command line: one sentence, no stack trace."""
import pytest
import torch

from tests.command_line import ROOT, run_tool, tiny_demo

DEMO = ROOT / 'configs/demo/htc_protune_r18_digits.py'
HTC = ROOT / 'configs/htc_protune_r50_coco.py'


def refused(process):
    """Check the form of a refusal and return its sentence."""
    assert process.returncode == 2, process.stderr[-2000:]
    assert 'Traceback' not in process.stdout + process.stderr
    lines = [
        line for line in process.stderr.splitlines()
        if line.startswith('error: ')
    ]
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope='module')
def deeper(tmp_path_factory):
    """A detector's checkpoint with a ResNet-34 as its backbone."""
    from mmdet.models.backbones import ResNet
    path = tmp_path_factory.mktemp('deeper') / 'resnet34.pth'
    state = ResNet(depth=34, base_channels=16).state_dict()
    torch.save(
        dict(
            meta={}, state_dict={
                f'backbone.{k}': v
                for k, v in state.items()
            }), path)
    return path


def test_dataset_folder_missing(tmp_path):
    sentence = refused(run_tool('train.py', DEMO, cwd=tmp_path))
    assert 'needs data/digits/, which is not there' in sentence
    assert 'train_dataloader.dataset.data_root=FOLDER' in sentence


def test_weights_out_of_reach(workplace, tmp_path):
    sentence = refused(
        run_tool('train.py', HTC, cwd=workplace, TORCH_HOME=str(tmp_path)))
    assert 'torchvision://resnet50 could not be fetched' in sentence
    assert f'put it at {tmp_path}/hub/checkpoints/resnet50-' in sentence
    assert 'model.backbone.init_cfg.checkpoint=PATH' in sentence


def test_classes_do_not_match_num_classes(workplace):
    head = 'model.roi_head.bbox_head.0.num_classes'
    sentence = refused(
        run_tool('train.py', DEMO, *tiny_demo(), f'{head}=11', cwd=workplace))
    assert f'{head} is 11' in sentence and 'has 10 classes' in sentence


def test_prompt_stage_not_there(workplace):
    sentence = refused(
        run_tool(
            'train.py',
            DEMO,
            *tiny_demo(),
            'model.backbone.prompt_stages=[0,7]',
            cwd=workplace))
    assert 'stage 7' in sentence and '3 (layer4)' in sentence


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_checkpoint_of_another_depth(workplace, deeper, tool):
    arguments = [deeper, *tiny_demo()] if tool == 'test.py' else [
        *tiny_demo(), f'load_from={deeper}'
    ]
    sentence = refused(run_tool(tool, DEMO, *arguments, cwd=workplace))
    assert 'the model has no layer1.2.' in sentence


def test_no_such_config_or_checkpoint(workplace):
    assert 'no config at no.py' in refused(
        run_tool('train.py', 'no.py', cwd=workplace))
    assert 'no checkpoint at no.pth' in refused(
        run_tool('test.py', DEMO, 'no.pth', cwd=workplace))


@pytest.mark.parametrize('drop', [False, True])
def test_a_last_batch_of_one_small_image(drop, tmp_path):
    """Batch norms that train see a map of one pixel; prompts take it."""
    dataset = 'train_dataloader.dataset'
    process = run_tool(
        'train.py',
        ROOT / 'configs/demo/classifier_protune_r18_digits.py',
        *tiny_demo(),
        'model.backbone.tuning=finetune',
        f'{dataset}.indices=33',
        f'{dataset}.size=16',
        f'{dataset}.pipeline.0.crop_size=16',
        'val_dataloader.dataset.indices=10',
        f'train_dataloader.drop_last={drop}',
        cwd=tmp_path)
    if drop:
        assert process.returncode == 0, process.stderr[-2000:]
        return
    sentence = refused(process)
    assert 'batch norm saw one value a channel' in sentence
    assert '--cfg-options train_dataloader.drop_last=True' in sentence
