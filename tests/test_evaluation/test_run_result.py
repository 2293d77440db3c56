"""The record of a run: whole, or not there."""
import pytest

from protune_mm.evaluation.run_result import (RunResult, load_result,
                                              total_parameters, write_result)
from protune_mm.tuning.report import ParameterRow

RESULT = RunResult(
    fingerprint='name',
    metrics={'accuracy/top1': 50.},
    parameters=[ParameterRow('head', 3, 0),
                ParameterRow('total', 3, 7)],
    minutes=1.5,
    checkpoint='epoch_1.pth')


def test_what_is_written_is_read(tmp_path):
    write_result(tmp_path, RESULT)
    found = load_result(tmp_path / 'result.json')
    assert set(found) == set(RunResult.__annotations__)
    assert found['metrics'] == RESULT['metrics']
    assert total_parameters(found) == ('total', 3, 7)
    assert total_parameters(found).percent == 30


@pytest.mark.parametrize('text', ['', '{"fingerprint":', '[1]', 'null'])
def test_what_is_damaged_is_as_if_it_were_not_there(text, tmp_path):
    path = tmp_path / 'result.json'
    assert load_result(path) == {}
    path.write_text(text)
    assert load_result(path) == {}
