"""Where an exported file goes."""
from argparse import Namespace
from pathlib import Path

import pytest

from protune_mm.cli.export import place_of


@pytest.mark.parametrize('checkpoint, name', [
    ('run/epoch_12.pth', 'run/epoch_12.onnx'),
    ('run/delta.safetensors', 'run/delta.onnx'),
    ('run/v1.0-aaaaaaaa', 'run/v1.0-aaaaaaaa.onnx'),
    ('run/v1.0-aaaaaaaa/', 'run/v1.0-aaaaaaaa.onnx'),
    ('https://example.org/a/x.pth', 'x.onnx'),
])
def test_beside_the_checkpoint(checkpoint, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('run').mkdir()
    assert place_of(Namespace(checkpoint=checkpoint,
                              out=None)) == tmp_path / name


def test_of_the_folder_one_is_in(tmp_path, monkeypatch):
    task = tmp_path / 'v1.0-aaaaaaaa'
    task.mkdir()
    monkeypatch.chdir(task)
    found = place_of(Namespace(checkpoint='.', out=None))
    assert found == tmp_path / 'v1.0-aaaaaaaa.onnx'
