"""The newest checkpoint that is whole."""
import pytest
import torch

from protune_mm.engine.work_dir import newest_checkpoint


def save(path, iteration):
    torch.save(
        dict(
            meta=dict(epoch=iteration // 10, iter=iteration),
            message_hub={},
            optimizer={},
            state_dict=dict(a=torch.ones(1))), path)
    return path


@pytest.fixture
def run(tmp_path):
    """A folder with checkpoints of two and of ten epochs."""
    for epoch in (2, 10):
        save(tmp_path / f'epoch_{epoch}.pth', 10 * epoch)
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_10.pth'))
    return tmp_path


def test_by_number(run):
    assert newest_checkpoint(run) == (run / 'epoch_10.pth', [])
    (run / 'last_checkpoint').unlink()
    assert newest_checkpoint(run) == (run / 'epoch_10.pth', [])


def test_of_epochs_and_iterations(run):
    newest = save(run / 'iter_105.pth', 105)
    save(run / 'iter_15.pth', 15)
    assert newest_checkpoint(run) == (newest, [])


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04half', b'<html>'])
def test_a_damaged_one_is_named_and_passed_over(run, content):
    (run / 'epoch_10.pth').write_bytes(content)
    newest, damaged = newest_checkpoint(run)
    assert newest == run / 'epoch_2.pth'
    assert len(damaged) == 1 and 'epoch_10.pth' in damaged[0]


@pytest.mark.parametrize('content', ['', 'gone.pth', '\0\0'])
def test_a_record_that_names_nothing(run, content):
    (run / 'last_checkpoint').write_text(content)
    assert newest_checkpoint(run) == (run / 'epoch_10.pth', [])


def test_another_name_after_a_move(tmp_path):
    save(tmp_path / 'own_name.pth', 3)
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/own_name.pth\n')
    assert newest_checkpoint(tmp_path) == (tmp_path / 'own_name.pth', [])


def test_of_a_copy(run, tmp_path_factory):
    """Its record names the original's; one without its own goes on there."""
    copy = tmp_path_factory.mktemp('copy')
    (copy / 'last_checkpoint').write_text(str(run / 'epoch_10.pth'))
    assert newest_checkpoint(copy) == (run / 'epoch_10.pth', [])
    own = save(copy / 'epoch_2.pth', 20)
    assert newest_checkpoint(copy) == (own, [])


def test_weights_alone_are_nothing_to_go_on_from(tmp_path):
    torch.save(dict(state_dict=dict(a=torch.ones(1))), tmp_path / 'iter_1.pth')
    newest, damaged = newest_checkpoint(tmp_path)
    assert newest is None and 'no training can go on' in damaged[0]


def test_nothing_there(tmp_path):
    assert newest_checkpoint(tmp_path / 'no') == (None, [])


def test_without_the_optimizer_if_it_is_not_saved(run):
    state = dict(
        meta=dict(epoch=11, iter=110), message_hub={}, a=torch.ones(1))
    torch.save(state, run / 'epoch_11.pth')
    assert newest_checkpoint(run)[0] == run / 'epoch_10.pth'
    assert newest_checkpoint(run, optimizer=False)[0] == run / 'epoch_11.pth'
