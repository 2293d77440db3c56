"""Checks of data, classes and heads."""
import pytest
from mmengine.config import Config

from protune_mm.apis import load_config
from protune_mm.datasets import make_digit_scenes
from protune_mm.errors import UserError
from protune_mm.preflight import preflight
from protune_mm.preflight.classes import check_classes
from protune_mm.preflight.config_parts import find_datasets, find_heads

DEMO = 'configs/demo/htc_protune_r18_digits.py'
LOADERS = ('train_dataloader', 'val_dataloader')


@pytest.fixture(scope='module')
def digits(tmp_path_factory):
    return make_digit_scenes(
        tmp_path_factory.mktemp('data') / 'digits',
        num_train=3,
        num_val=2,
        size=96)


@pytest.fixture
def cfg(root, digits):
    options = {
        f'{loader}.dataset.data_root': f'{digits}/'
        for loader in LOADERS
    }
    options['val_evaluator.ann_file'] = str(
        digits / 'annotations/instances_val2017.json')
    return load_config(str(root / DEMO), cfg_options=options)


def check(cfg):
    preflight(cfg, weights=False)


def test_a_good_config_passes(cfg):
    check(cfg)


def test_data_sets_are_found_in_wrappers():
    leaf = dict(type='A', data_root='x')
    cfg = Config(
        dict(
            train_dataloader=dict(
                dataset=dict(
                    type='RepeatDataset',
                    dataset=dict(type='ConcatDataset', datasets=[leaf, leaf
                                                                 ]))),
            val_dataloader=None))
    where = [path for path, _ in find_datasets(cfg, LOADERS)]
    assert where == [
        'train_dataloader.dataset.dataset.datasets.0',
        'train_dataloader.dataset.dataset.datasets.1'
    ]


def test_heads_are_found_without_the_semantic_one(cfg):
    heads = list(find_heads(cfg))
    assert {head[1:] for head in heads} == {(10, True)} and len(heads) == 6


@pytest.mark.parametrize('options, named', [
    ({
        'train_dataloader.dataset.data_root': 'no/such/folder/'
    }, 'needs no/such/folder/.*train_dataloader.dataset.data_root=FOLDER'),
    ({
        'val_dataloader.dataset.ann_file': 'annotations/other.json'
    }, 'annotations/other.json'),
    ({
        'train_dataloader.dataset.data_prefix.seg': 'stuff/'
    }, 'stuff/'),
    ({
        'val_evaluator.ann_file': 'no.json'
    }, 'val_evaluator needs no.json'),
    ({
        'model.roi_head.mask_head.1.num_classes': 11
    }, 'mask_head.1.num_classes is 11.*has 10 classes'),
    ({
        'val_dataloader.dataset.metainfo.classes': ('zero', 'cat')
    }, 'annotates 10 classes.*"cat" is not among them'),
])
def test_bad_input_is_named(cfg, options, named):
    cfg.merge_from_dict(options)
    with pytest.raises(UserError, match=named):
        check(cfg)


def test_auxiliary_heads_too(root):
    """Too few outputs end in an index out of range, on a GPU in worse."""
    cfg = Config.fromfile(root / 'configs/demo/upernet_protune_r18_digits.py')
    (where, dataset), = find_datasets(cfg, ['train_dataloader'])
    check_classes(cfg, where, dataset)
    cfg.model.auxiliary_head.num_classes = 5
    with pytest.raises(UserError, match='auxiliary_head.num_classes is 5'):
        check_classes(cfg, where, dataset)


def test_stock_classes_on_other_annotations(cfg):
    del cfg.train_dataloader.dataset['metainfo']
    with pytest.raises(UserError, match='expects 80 and e.g. "person"'):
        check(cfg)


@pytest.mark.parametrize('base', [
    'mmdet::panoptic_fpn/panoptic-fpn_r50_fpn_1x_coco.py',
    'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py',
    'mmdet::mm_grounding_dino/coco/'
    'grounding_dino_swin-t_finetune_16xb4_1x_coco.py',
    'mmseg::stdc/stdc1_4xb12-80k_cityscapes-512x1024.py',
    'mmseg::upernet/upernet_r50_4xb4-80k_ade20k-512x512.py',
    'mmpretrain::efficientnet_v2/efficientnetv2-s_8xb32_in21k.py',
    'mmpretrain::resnet/resnet50_8xb32_in1k.py',
])
def test_heads_of_stock_configs_fit_their_data(base):
    cfg = Config.fromstring(f"_base_ = ['{base}']", '.py')
    found = list(find_datasets(cfg, LOADERS))
    assert found
    for where, dataset in found:
        dataset = {k: v for k, v in dataset.items() if k != 'ann_file'}
        check_classes(cfg, where, dataset)


@pytest.mark.parametrize('options, named', [
    (dict(type='ImageNet', data_root='no/imagenet',
          split='train'), 'needs no/imagenet'),
    (dict(type='CustomDataset', data_prefix='no/folder'), 'needs no/folder'),
    (dict(type='CIFAR10', data_prefix='no/cifar',
          download=False), 'needs no/cifar'),
    (dict(type='CIFAR10', data_prefix='no/cifar'), None),
    (dict(
        type='ImageNet', data_root='s3',
        backend_args=dict(backend='petrel')), None),
])
def test_data_sets_of_mmpretrain(options, named):
    cfg = Config(
        dict(
            default_scope='mmpretrain',
            model=dict(),
            train_dataloader=dict(dataset=options)))
    if named is None:
        check(cfg)
    else:
        with pytest.raises(UserError, match=named):
            check(cfg)


def test_classes_as_an_argument_and_types_as_classes():
    from mmpretrain.datasets import ImageNet
    for dataset in (dict(type='ImageNet', classes=['a', 'b']),
                    dict(type=ImageNet, metainfo=dict(classes=['a', 'b']))):
        cfg = Config(
            dict(
                default_scope='mmpretrain',
                model=dict(head=dict(num_classes=2))))
        check_classes(cfg, 'train', dataset)
        cfg.model.head.num_classes = 1
        with pytest.raises(UserError, match='has 2 classes'):
            check_classes(cfg, 'train', dataset)


@pytest.mark.parametrize('dataset', [
    dict(type='LongTailDigits'),
    dict(type='LongTailDataset', dataset=dict(type='DigitCrops')),
])
def test_a_long_tail_has_the_classes_of_its_data_set(dataset):
    cfg = Config(
        dict(
            default_scope='mmpretrain',
            model=dict(head=dict(num_classes=10)),
            train_dataloader=dict(dataset=dataset)))
    check(cfg)
    cfg.model.head.num_classes = 9
    with pytest.raises(UserError, match='num_classes is 9, but .* 10 classes'):
        check(cfg)


def test_evaluators_that_read_from_elsewhere(cfg):
    cfg.val_evaluator = [
        dict(
            type='CocoMetric',
            ann_file='bucket/val.json',
            backend_args=dict(backend='petrel'))
    ]
    check(cfg)
    cfg.val_evaluator[0].pop('backend_args')
    with pytest.raises(UserError, match='val_evaluator needs bucket/val.json'):
        check(cfg)


def test_images_from_elsewhere(cfg):
    dataset = cfg.train_dataloader.dataset
    dataset.data_prefix.img = 'bucket/'
    with pytest.raises(UserError, match='bucket/, which is not there'):
        check(cfg)
    dataset.pipeline[0].backend_args = dict(backend='petrel')
    check(cfg)


def test_folders_that_nothing_reads(cfg):
    dataset = cfg.train_dataloader.dataset
    dataset.data_prefix.seg = 'no_maps/'
    with pytest.raises(UserError, match='no_maps/, which is not there'):
        check(cfg)  # HTC's pipeline loads them
    for step in dataset.pipeline:
        step.pop('with_seg', None)
    check(cfg)


def test_labels_of_a_list_under_the_names_of_imagenet():
    """mmpretrain reads any list so; built labels are looked at later."""
    cfg = Config(
        dict(
            default_scope='mmpretrain',
            model=dict(head=dict(type='LinearClsHead', num_classes=3))))
    with pytest.raises(UserError, match='num_classes is 3'):
        check_classes(cfg, 'train', dict(type='ImageNet'))
    check_classes(cfg, 'train', dict(type='ImageNet', ann_file='own.txt'))
