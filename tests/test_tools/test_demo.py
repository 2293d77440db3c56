"""tools/demo.py, shortened, and what it does with finished runs."""
import cv2
import pytest

from tests.command_line import run_tool, tiny_demo


def test_compare_prints_tables_and_pictures(tmp_path, workplace):
    arguments = [
        '--compare', '--data-root', workplace / 'data/digits', '--work-dir',
        tmp_path, *tiny_demo()
    ]
    process = run_tool('demo.py', *arguments, cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    for text in ('prompts', 'Pro-tuning', 'head retraining', 'fine-tuning',
                 'box AP', 'mask AP', 'predictions.png', 'compare.png'):
        assert text in process.stdout
    assert '4/4' in process.stderr  # 8 images, 2 an iteration
    for name in ('predictions.png', 'compare.png'):
        assert cv2.imread(str(tmp_path / name)).std() > 0

    (tmp_path / 'head_seed0/result.json').unlink()  # as if interrupted
    again = run_tool('demo.py', *arguments, cwd=tmp_path)
    assert again.returncode == 0, again.stderr[-3000:]
    assert 'head retraining, seed 0' in again.stderr
    assert 'Pro-tuning, seed 0' not in again.stderr


@pytest.mark.parametrize('model', ['upernet', 'fcn'])
def test_segmentation(model, tmp_path, workplace):
    process = run_tool(
        'demo.py',
        model,
        '--data-root',
        workplace / 'data/digits_ade20k',
        '--work-dir',
        tmp_path,
        *tiny_demo(iterations=2),
        cwd=tmp_path)
    assert process.returncode == 0, process.stderr[-3000:]
    assert 'mIoU' in process.stdout and 'Pro-tuning' in process.stdout
    assert '2/2' in process.stderr
    picture = cv2.imread(str(tmp_path / 'predictions.png'))
    # Two images in two columns, twice as large, each with its prediction.
    assert picture.shape == (192, 768, 3) and picture.std() > 0
