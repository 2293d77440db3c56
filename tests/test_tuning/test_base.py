"""The identity of a base."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.tuning.base import (BASE, Base, fingerprint, note_origin,
                                    origin_of, read_source, source_of)


def state(**more):
    return dict(a=torch.arange(4.), b=torch.tensor(1), **more)


def test_a_fingerprint_is_of_names_types_shapes_and_values():
    found = fingerprint(state())
    assert found == fingerprint(dict(reversed(state().items())))
    others = [
        dict(state(), a=torch.arange(4).double()),
        dict(state(), a=torch.arange(4.).view(2, 2)),
        dict(state(), a=torch.tensor([0, 1, 2, 3 + 2**-20])),
        dict(c=torch.arange(4.), b=torch.tensor(1)),
        state(c=torch.zeros(0)),
        dict(state(), a=-torch.arange(4.))  # of zero only the sign changes
    ]
    assert len({found, *map(fingerprint, others)}) == 7


def test_the_same_values_in_another_layout():
    value = torch.arange(24.).view(1, 2, 3, 4)
    other = value.contiguous(memory_format=torch.channels_last)
    assert fingerprint(dict(a=value)) == fingerprint(dict(a=other))
    half = value.bfloat16()
    assert fingerprint(dict(a=half)) != fingerprint(dict(a=value.half()))


def test_it_travels_as_an_entry():
    source = dict(type='Pretrained', checkpoint='torchvision://ö')
    base = Base('ab' * 32, source, frozenset(['a', 'b']))
    read = Base.decode(base.encode())
    assert (read.sha256, read.source, read.number) == (base.sha256, source, 2)
    assert str(read) == f'{"ab" * 8} (torchvision://ö)'
    assert not read.names


@pytest.mark.parametrize('entry', [
    torch.tensor([1, 2], dtype=torch.uint8),
    torch.tensor(list(b'{"sha256": "a"}'), dtype=torch.uint8),
    torch.tensor(list(b'[]'), dtype=torch.uint8),
    torch.tensor([0.5, 700.]),
    torch.zeros(2, 2)
])
def test_a_damaged_entry(entry):
    with pytest.raises(UserError, match=f'{BASE}.* is damaged: get the file'):
        Base.decode(entry)


def test_holds():
    base = Base(fingerprint(state()), None, frozenset('ab'))
    assert base.holds(state(c=torch.ones(1)))
    assert base.holds({f'x.{k}': v for k, v in state().items()}, 'x.')
    assert not base.holds(dict(a=torch.arange(4.)))
    assert not base.holds(dict(state(), a=torch.zeros(4)))


def test_origins():
    read = note_origin(dict(state_dict=state()), 'x.pth')['state_dict']
    found = dict(checkpoint='x.pth', prefix='')
    assert origin_of(read) == found
    other = {f'm.{k}': v for k, v in read.items()}
    assert origin_of(dict(other, head=torch.ones(1)), 'm.') == found
    assert origin_of(dict(read, a=torch.ones(4))) is None
    other = note_origin({'backbone.a': torch.ones(4)}, 'y.pth')
    assert origin_of(dict(a=other['backbone.a'])) == dict(
        checkpoint='y.pth', prefix='backbone')
    assert origin_of(dict(read, a=other['backbone.a'])) is None
    assert origin_of({}) is None


def test_what_an_init_cfg_loads():
    load = dict(type='Pretrained', checkpoint='x', prefix='backbone.')
    others = [dict(type='Kaiming', layer='Conv2d')]
    assert source_of(load) == source_of([*others, load]) == load
    assert source_of(dict(load, map_location='cpu')) == load
    assert source_of(others) is source_of(None) is None


def test_reading_a_source(tmp_path):
    path = str(tmp_path / 'x.pth')
    torch.save(
        dict(state_dict={
            'module.backbone.a': torch.ones(1),
            'module.head.a': torch.zeros(1)
        }), path)
    found = read_source(dict(checkpoint=path, prefix='backbone'))
    assert list(found) == ['a']
