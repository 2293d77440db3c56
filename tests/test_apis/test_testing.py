"""What is asked of a test run."""
import copy

import pytest

from protune_mm.apis import load_config
from protune_mm.apis.testing import (augment, draw_results, dump_results,
                                     load_trained)
from protune_mm.errors import UserError


@pytest.fixture
def cfg(root):
    return load_config(str(root / 'configs/htc_protune_r50_coco.py'))


def test_out_and_show_dir(cfg, tmp_path):
    dump_results(cfg, 'x.pkl')
    draw_results(cfg, str(tmp_path))
    assert [e['type'] for e in cfg.test_evaluator
            ] == ['CocoMetric', 'mmdet.DumpDetResults']
    assert cfg.default_hooks.visualization.test_out_dir == str(tmp_path)
    with pytest.raises(UserError, match='x.txt must end in .pkl'):
        dump_results(cfg, 'x.txt')


def test_checkpoint_to_test(cfg):
    with pytest.raises(UserError, match='no checkpoint at no.pth'):
        load_trained(cfg, 'no.pth')


def test_flips(cfg):
    with pytest.raises(UserError, match='boxes, not masks.*metric=bbox'):
        augment(cfg)
    cfg.test_evaluator.metric = 'bbox'
    backbone = cfg.model.backbone.type
    augment(cfg)
    assert cfg.model.type == 'mmdet.DetTTAModel'
    assert cfg.model.module.backbone.type == backbone
    flips, (pack, ) = cfg.test_dataloader.dataset.pipeline[-1].transforms
    assert [flip.prob for flip in flips] == [1., 0.]
    assert {'flip', 'flip_direction', 'img_id'} < set(pack.meta_keys)


def test_flips_of_several_sets(cfg):
    cfg.test_evaluator.metric = 'bbox'
    one = cfg.test_dataloader.dataset
    cfg.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[one, copy.deepcopy(one)])
    augment(cfg)
    for dataset in cfg.test_dataloader.dataset.datasets:
        assert dataset.pipeline[-1].type == 'TestTimeAug'


def test_flips_of_a_config_that_says_how(root):
    cfg = load_config(str(root / 'configs/upernet_protune_r50_ade20k.py'))
    how = cfg.tta_pipeline
    augment(cfg)
    assert cfg.model.type == 'SegTTAModel'
    assert cfg.test_dataloader.dataset.pipeline == how
