"""Training beside a random frozen backbone is refused."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from tests.command_line import ROOT, run_tool, tiny_demo
from tests.test_tools.test_bad_input import refused

DEMO = ROOT / 'configs/demo/upernet_protune_r18_digits.py'


@pytest.fixture(scope='module')
def prompts(tmp_path_factory):
    """A file that holds the prompts of the demo and nothing else."""
    cfg = Config.fromfile(DEMO)
    with DefaultScope.overwrite_default_scope('mmseg'):
        state = MODELS.build(cfg.model.backbone).state_dict()
    path = tmp_path_factory.mktemp('prompts') / 'prompts.pth'
    torch.save({k: v for k, v in state.items() if 'prompts.' in k}, path)
    return path


def train(workplace, folder, *options):
    return run_tool(
        'train.py',
        DEMO,
        '--work-dir',
        folder,
        *tiny_demo(iterations=1),
        *options,
        cwd=workplace)


@pytest.mark.parametrize('tuning', ['protune', 'head', 'partial-1'])
def test_no_weights(tuning, workplace, tmp_path):
    sentence = refused(
        train(workplace, tmp_path, 'model.backbone.init_cfg=None',
              f'model.backbone.tuning={tuning}'))
    assert 'model.backbone would stay random' in sentence
    assert 'random_frozen=True if that is what you want' in sentence


def test_a_file_of_prompts(prompts, workplace, tmp_path):
    sentence = refused(
        train(workplace, tmp_path,
              f'model.backbone.init_cfg.checkpoint={prompts}'))
    assert 'model.backbone would stay random' in sentence
    assert 'conv1.weight' in sentence


def test_random_on_purpose(workplace, tmp_path):
    process = train(workplace, tmp_path, 'model.backbone.init_cfg=None',
                    'model.backbone.random_frozen=True')
    assert process.returncode == 0, process.stderr[-3000:]
