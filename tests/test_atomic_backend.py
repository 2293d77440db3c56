"""Files are whole whenever the power goes."""
import os

import pytest
import torch
from mmengine.fileio import dump
from mmengine.runner import save_checkpoint

from protune_mm.atomic_backend import save_whole, write_whole, written


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / 'x.pth'
    save_checkpoint(dict(state_dict=dict(a=torch.ones(2))), str(path))
    before = path.read_bytes()

    def full(number):
        raise OSError('full')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='full'):
        save_checkpoint(dict(state_dict=dict(a=torch.ones(9))), str(path))
    assert path.read_bytes() == before


def test_text_and_folders(tmp_path):
    write_whole(tmp_path / 'a', b'b')
    assert [p.name for p in tmp_path.iterdir()] == ['a']
    dump(dict(a='ä'), tmp_path / 'new/x.json')
    assert (tmp_path / 'new/x.json').read_text()[:5] == '{"a":'


def test_what_is_being_written_has_another_name(tmp_path):
    path = tmp_path / 'x.csv'
    path.write_text('old')
    with pytest.raises(KeyboardInterrupt), written(path) as partial:
        partial.write_text('ne')
        assert list(tmp_path.glob('*.csv')) == [path]
        raise KeyboardInterrupt
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]  # also where a disk is full
    with written(path) as partial:
        partial.write_text('new')
    assert [p.name for p in tmp_path.iterdir()] == ['x.csv']
    assert path.read_text() == 'new'


def test_a_checkpoint(tmp_path):
    save_whole(dict(a=torch.ones(2)), tmp_path / 'new/x.pth')
    assert torch.load(tmp_path / 'new/x.pth')['a'].tolist() == [1, 1]
