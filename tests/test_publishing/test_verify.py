"""Whether a task is whole and fits."""
import shutil

import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.publishing import verify
from protune_mm.publishing.verify import is_task
from tests.small_tasks import (flip, other_base, read, stock_weights,
                               with_backbone, with_base)


def test_what_is_right(task):
    entries = len(read(task.whole)['state_dict'])
    lines = verify(str(task.published))
    assert lines[0] == 'The files are those that were published.'
    assert lines[1] == (
        f'All {entries} entries of ImageClassifier are filled.')
    left_out = 1 + entries - len(read(task.delta)['state_dict'])
    assert lines[2].startswith(f'The frozen {left_out} entries of backbone '
                               'are those of its base ')
    assert f'({task.base})' in lines[2]
    assert lines[3].startswith('That base is a file of this machine')
    assert verify(str(task.delta), task.cfg) == lines[1:]


def test_of_weights_alone(task, tmp_path):
    cfg = with_backbone(task, init_cfg=None)
    torch.save(read(task.whole)['state_dict'], tmp_path / 'x.pth')
    assert len(verify(str(tmp_path / 'x.pth'), cfg)) == 3
    cfg = with_backbone(task, tuning='finetune')
    path = stock_weights(task, tmp_path / 'x.pth')
    assert len(verify(str(path), cfg)) == 1


def test_a_checkpoint_needs_a_config(task):
    with pytest.raises(UserError, match='name the config .*--config PATH'):
        verify(str(task.delta))


@pytest.mark.parametrize('file', ['config.py', '*.safetensors', 'task.json'])
def test_a_flipped_bit_is_noticed_wherever_it_is(file, task, tmp_path):
    folder = shutil.copytree(task.published, tmp_path / 'x')
    path, = folder.glob(file)
    text = path.read_bytes()
    if file == 'task.json':  # in the hash of the weights
        flip(path, text.index(b'"files"') + 60)
        assert path.read_bytes() != text
    else:
        flip(path)
    with pytest.raises(UserError, match='should have the SHA-256|is damaged'):
        verify(str(folder))


def test_a_bit_of_a_tensor_in_a_file(task, tmp_path):
    """The checksums of the archive tell, which torch does not compare."""
    path = shutil.copy(task.delta, tmp_path / 'x.pth')
    value = read(path)['state_dict']['head.fc.weight'].numpy().tobytes()
    flip(tmp_path / 'x.pth', (tmp_path / 'x.pth').read_bytes().index(value))
    with pytest.raises(UserError, match='has another checksum'):
        verify(str(path), task.cfg)


def test_another_base(task, tmp_path):
    cfg = with_base(task, other_base(task, tmp_path / 'other.pth'))
    with pytest.raises(UserError) as info:
        verify(str(task.published), cfg)
    assert f'({task.base})' in str(info.value)
    assert f'({tmp_path}/other.pth)' in str(info.value)


def test_a_base_that_is_gone(task, tmp_path):
    cfg = with_base(task, tmp_path / 'none.pth')
    with pytest.raises(UserError, match='which cannot be loaded .There is no'):
        verify(str(task.delta), cfg)


def test_is_task(task):
    assert is_task(str(task.published))
    assert not is_task(str(task.delta))
    assert is_task('https://example.org/zoo/x-0123abcd')
    assert is_task('https://example.org/zoo/x/')
    assert not is_task('https://example.org/zoo/x-0123abcd.pth')
