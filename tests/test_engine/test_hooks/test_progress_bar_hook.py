"""Bars reach their end and show the loss."""
import pytest
from mmengine.evaluator import Evaluator

from protune_mm.engine import ProgressBarHook
from tests.runners import Points, toy_runner
from tests.small_training import Interruption, Stop, small_config, train


def test_bar_of_a_training(tmp_path, capsys):
    toy_runner(tmp_path, dict(type='ProgressBarHook', title='toy')).train()
    bar = capsys.readouterr().err
    assert 'toy' in bar and '8/8' in bar and 'loss=' in bar


def test_evaluations_do_not_stop_the_bar(tmp_path, capsys):
    runner = toy_runner(
        tmp_path,
        dict(type='ProgressBarHook', title='toy'),
        val_dataloader=dict(
            dataset=Points(),
            batch_size=4,
            sampler=dict(type='DefaultSampler')),
        val_cfg=dict(),
        val_evaluator=Evaluator([]))
    runner.train()
    bars = capsys.readouterr().err
    assert bars.count('evaluating') >= 2 and '2/2' in bars
    assert 'toy: 100%' in bars and '8/8' in bars


def test_bar_of_a_training_that_goes_on(tmp_path, capsys):
    cfg = small_config(tmp_path)
    with pytest.raises(Interruption):
        train(cfg, Stop(2))
    capsys.readouterr()
    train(cfg, ProgressBarHook('rest'), resume=True)
    bars = capsys.readouterr().err
    assert '| 6/9 [' in bars and '| 9/9 [' in bars and '| 0/9 [' not in bars
