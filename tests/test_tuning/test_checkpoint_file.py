"""Reading files that may be anything."""
from argparse import Namespace
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer
from mmengine.optim import scheduler as schedulers
from safetensors.torch import save_file
from torch import nn

from protune_mm.errors import UserError
from protune_mm.tuning import read_checkpoint, refuse_unresumable, trusting
from tests.bad_files import BAD_FILES, with_code, write_bad


@pytest.fixture
def content():
    """What mmengine saves of a training."""
    net = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.ones(2)).sum().backward()
    optimizer.step()
    rate = schedulers.OneCycleLR(optimizer, eta_max=0.1, total_steps=9)
    history = HistoryBuffer()
    history.update(1.5)
    return dict(
        meta=dict(
            epoch=1,
            iter=2**40,
            config='raise SystemExit',
            dataset_meta=ConfigDict(classes=('a', ), palette=dict(a={1}))),
        state_dict=net.state_dict(),
        message_hub=dict(
            log_scalars=dict(loss=history),
            runtime_info=dict(
                best=np.float64(3),
                single=np.float32(3),
                step=np.int64(1),
                seen=np.arange(3, dtype=np.uint8),
                name=np.array(['a']),
                flag=np.bool_(True)),
            resumed_keys=dict(loss=True)),
        optimizer=optimizer.state_dict(),
        param_schedulers=[rate.state_dict()])


@pytest.fixture
def good(content, tmp_path):
    """A good file."""
    path = tmp_path / 'good.pth'
    torch.save(content, path)
    return path


@pytest.mark.parametrize('zipped', [True, False])
def test_all_that_mmengine_saves(zipped, content, tmp_path):
    path = tmp_path / 'x.pth'
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    read = read_checkpoint(path)
    assert read['message_hub']['log_scalars']['loss'].current() == 1.5
    info = read['message_hub']['runtime_info']
    assert info['best'] == 3 and info['seen'].tolist() == [0, 1, 2]
    assert read['meta']['dataset_meta'].palette.a == {1}
    assert read['optimizer']['state'][0]['step'] == 1
    anneal = read['param_schedulers'][0]['anneal_func']
    assert anneal is schedulers.OneCycleLR._annealing_cos
    refuse_unresumable(read, 'x.pth')
    assert 'config' not in read['meta']  # mmengine would run it


def test_names_of_numpy_1_and_2(content, tmp_path):
    path = tmp_path / 'x.pth'
    torch.save(content, path, _use_new_zipfile_serialization=False)
    for core in (b'core', b'_core'):
        written = path.read_bytes()
        path.write_bytes(
            written.replace(b'numpy._core',
                            b'numpy.core').replace(b'numpy.core',
                                                   b'numpy.' + core))
        info = read_checkpoint(path)['message_hub']['runtime_info']
        assert info['best'] == 3 and info['seen'].tolist() == [0, 1, 2]


@pytest.mark.parametrize('kind', BAD_FILES)
def test_bad_files(kind, good, tmp_path):
    path = write_bad(kind, good, tmp_path)
    with pytest.raises(UserError) as info:
        read_checkpoint(path)
    assert str(info.value).startswith(f'{path} {BAD_FILES[kind][1]}')
    assert '\n' not in str(info.value) and str(info.value).endswith('.')


@pytest.mark.parametrize('form', ['zip', 'legacy', 'pickle'])
def test_nothing_is_run(form, good, tmp_path):
    canary = tmp_path / 'ran'
    path = with_code(good, tmp_path / 'x.pth', form, canary)
    with pytest.raises(UserError, match='add --trust-checkpoint'):
        read_checkpoint(path)
    with trusting(False), pytest.raises(UserError):
        read_checkpoint(path)
    assert not canary.exists()
    if form == 'zip':
        with trusting():
            read_checkpoint(path)
        assert canary.exists()
        with pytest.raises(UserError):
            read_checkpoint(path)


class Attribute:
    """Reaches from a class that may be unpickled to others."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_getattr_leads_nowhere(tmp_path):
    torch.save(dict(x=torch.ones(1), y=Attribute()), tmp_path / 'x.pth')
    with pytest.raises(UserError, match='holds .*getattr, which can run'):
        read_checkpoint(tmp_path / 'x.pth')


@pytest.mark.parametrize('name', ['x.safetensors', 'x.pth'])
def test_safetensors(name, tmp_path):
    path = tmp_path / name
    save_file(dict(weight=torch.ones(3)), path)
    assert read_checkpoint(path)['weight'].tolist() == [1, 1, 1]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match='is damaged or cut short'):
        read_checkpoint(path)


def test_masks_may_be_infinite(tmp_path):
    mask = torch.full((3, 3), -torch.inf).triu(1)
    torch.save(dict(mask=mask), tmp_path / 'x.pth')
    read_checkpoint(tmp_path / 'x.pth')
    torch.save(dict(mask=mask - 1), tmp_path / 'x.pth')
    with pytest.raises(UserError, match='infinite values in mask'):
        read_checkpoint(tmp_path / 'x.pth')


@pytest.mark.parametrize(
    'value', [
        torch.tensor(torch.inf),
        torch.ones(2).to(torch.float8_e4m3fn),
        torch.eye(2).to_sparse(),
        torch.eye(2).to_sparse_csr(),
    ],
    ids=['observer', 'float8', 'coo', 'csr'])
def test_numbers_of_other_kinds(value, tmp_path):
    torch.save(dict(x=value), tmp_path / 'x.pth')
    read_checkpoint(tmp_path / 'x.pth')


@pytest.mark.parametrize(
    'value', [
        torch.tensor(torch.nan),
        torch.full((2, ), torch.nan).to(torch.float8_e4m3fn),
        torch.full((2, ), torch.nan).to_sparse(),
    ],
    ids=['one', 'float8', 'coo'])
def test_of_other_kinds_that_are_not_finite(value, tmp_path):
    torch.save(dict(x=value), tmp_path / 'x.pth')
    with pytest.raises(UserError, match='NaN or infinite values in x'):
        read_checkpoint(tmp_path / 'x.pth')


@pytest.mark.parametrize('zipped', [True, False])
def test_what_trainings_of_others_save(zipped, tmp_path):
    counts = defaultdict(list, a=[1])
    noted = dict(
        args=Namespace(lr=0.1, out=Path('runs/x')),
        day=datetime(2026, 1, 2, tzinfo=timezone.utc),
        took=timedelta(3),
        counts=counts,
        epochs=range(3))
    path = tmp_path / 'x.pth'
    torch.save(
        dict(model=dict(a=torch.ones(1)), **noted),
        path,
        _use_new_zipfile_serialization=zipped)
    read = read_checkpoint(path)
    assert {key: read[key] for key in noted} == noted


def test_no_file():
    with pytest.raises(UserError, match='no checkpoint at no.pth'):
        read_checkpoint('no.pth')


@pytest.mark.parametrize('key, named', [
    ('meta', 'has no meta'),
    ('optimizer', 'has no optimizer'),
    ('message_hub', 'has no message_hub'),
])
def test_what_cannot_be_gone_on_from(key, named, content):
    content.pop(key)
    with pytest.raises(UserError, match=f'x.pth {named}.*leave --resume out'):
        refuse_unresumable(content, 'x.pth')


def test_a_training_that_does_not_say_where_it_is(content):
    del content['meta']['iter']
    with pytest.raises(UserError, match='no meta.epoch and meta.iter'):
        refuse_unresumable(content, 'x.pth')


def test_a_training_that_does_not_save_its_optimizer(content):
    del content['optimizer']
    refuse_unresumable(content, 'x.pth', optimizer=False)


def test_checksums(good, content, tmp_path):
    data = bytearray(good.read_bytes())
    value = content['state_dict']['weight'].numpy().tobytes()
    data[data.index(value) + 1] ^= 1
    bad = tmp_path / 'bad.pth'
    bad.write_bytes(data)
    with pytest.raises(UserError, match=r'bad.pth is damaged \(\S+ has ano'):
        read_checkpoint(bad)
    torch.serialization.set_crc32_options(False)
    try:
        torch.save(content, bad)
    finally:
        torch.serialization.set_crc32_options(True)
    assert read_checkpoint(bad)  # there is nothing to compare
