"""The table is logged before training starts."""
from protune_mm.models import ProTuneResNet
from tests.runners import toy_runner


def test_table_comes_before_the_first_iteration(tmp_path):
    runner = toy_runner(tmp_path, dict(type='ParameterTableHook'))
    runner.train()
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert log.count('trained %') == 1
    row = next(line for line in log.splitlines()
               if 'head' in line and '50.0' in line)
    assert row
    assert log.index('trained %') < log.index('Saving checkpoint')


def test_what_is_kept_is_said_below(tmp_path):
    runner = toy_runner(tmp_path, dict(type='ParameterTableHook'))
    runner.model.backbone = ProTuneResNet.mmpretrain(
        depth=18, random_frozen=True)
    runner.call_hook('before_train')
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert "memory='lean': 20 Conv2d, 20 BatchNorm2d, 9 ReLU keep" in log
