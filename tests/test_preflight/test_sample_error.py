"""Errors of a pipeline name the file and the annotation."""
import pickle

import pytest
from mmengine.dataset import BaseDataset
from torch.utils.data import DataLoader

from protune_mm.errors import UserError
from protune_mm.preflight.sample_error import (NamedPipeline, SampleError,
                                               name_errors)


def read_masks(data):
    """Fails on an annotation without a mask, and without a file."""
    if data['img_path'] == 'gone.jpg':
        raise FileNotFoundError('no\nsuch file')
    data['masks'] = [one['mask'] for one in data.get('instances', [])]
    return data


class Images(BaseDataset):

    def load_data_list(self):
        whole = dict(bbox=[1, 2, 3, 4], bbox_label=0, mask=[])
        broken = dict(bbox=[5.01, 6, 7, 8], bbox_label=2)
        return [
            dict(img_path='good.jpg', instances=[whole]),
            dict(img_path='bad.jpg', instances=[whole, broken, whole]),
            dict(img_path='gone.jpg', seg_map_path='gone.png'),
        ]


@pytest.fixture
def images():
    built = Images(pipeline=[read_masks])
    name_errors(built)
    return built


def test_what_works_is_as_before(images):
    assert isinstance(images.pipeline, NamedPipeline)
    assert images.pipeline.transforms == [read_masks]
    assert images[0]['masks'] == [[]]


def test_the_annotation_is_named(images):
    with pytest.raises(SampleError) as raised:
        images[1]
    assert str(raised.value).startswith(
        'bad.jpg cannot be used, because of annotation 2 of its 3, box '
        "[5.0, 6, 7, 8], label 2: KeyError: 'mask' (test_sample_error.py, ")


def test_the_label_map_is_named(images):
    with pytest.raises(SampleError) as raised:
        images[2]
    assert str(raised.value).startswith(
        'gone.jpg cannot be used, or its label map gone.png: '
        'FileNotFoundError: no such file (')


@pytest.mark.parametrize('workers', [0, 1])
def test_a_worker_hands_on_the_sentence_alone(images, workers):
    loader = DataLoader(
        images, num_workers=workers, collate_fn=lambda batch: batch)
    with pytest.raises(UserError) as raised:
        list(loader)
    message = str(raised.value)
    assert message.startswith('bad.jpg cannot be used, because of annotation')
    assert message.endswith('; mend it or leave it out.')
    assert '\n' not in message


def test_our_own_sentences_stay():

    def refuse(data):
        raise UserError('As it was.')

    with pytest.raises(UserError, match='^As it was.$'):
        NamedPipeline([refuse])({})


def test_it_can_be_pickled():
    assert str(pickle.loads(pickle.dumps(SampleError('So.')))) == 'So.'
