"""The table is logged before training starts."""
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
