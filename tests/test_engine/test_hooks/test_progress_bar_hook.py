"""Bars reach their end and show the loss."""
from tests.runners import toy_runner


def test_bar_of_a_training(tmp_path, capsys):
    toy_runner(tmp_path, dict(type='ProgressBarHook', title='toy')).train()
    bar = capsys.readouterr().err
    assert 'toy' in bar and '8/8' in bar and 'loss=' in bar
