"""A config that names classes instead of strings trains."""
import pytest
from mmengine.config import Config

from tests.command_line import ROOT, run_tool, tiny_demo

DEMO = ROOT / 'configs/demo/upernet_protune_r18_digits.py'


@pytest.fixture
def config(tmp_path):
    """The demo with the backbone's class; its weights stay where they are."""
    text = Config.fromfile(DEMO).pretty_text
    assert text.count("type='ProTuneResNet'") == 1
    path = tmp_path / 'pure.py'
    path.write_text('from protune_mm.models import ProTuneResNet\n' +
                    text.replace("'ProTuneResNet'", 'ProTuneResNet'))
    return path


def test_training(config, workplace, tmp_path):
    process = run_tool(
        'train.py',
        config,
        '--work-dir',
        tmp_path / 'run',
        *tiny_demo(iterations=1),
        cwd=workplace)
    assert process.returncode == 0, process.stderr[-3000:]
    assert (tmp_path / 'run/iter_1.pth').exists()
