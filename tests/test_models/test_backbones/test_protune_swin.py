"""Pro-tuned Swins: where prompts go, and what trains."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.hosts.feature_layout import blend
from tests.small_swin import (DENSE, HOSTS, LAST, build, each_host, image,
                              trained)

BEFORE = [
    'patch_embed', 'stages_0_blocks_0', 'stages_1_blocks_1',
    'stages_2_blocks_0', 'stages_3_blocks_0'
]
AFTER = [
    'patch_embed', 'stages_0_downsample', 'stages_1_downsample',
    'stages_2_downsample', 'stages_3_blocks_0'
]


def seen_by(model, path):
    """Return the first input of a module for one image."""
    seen = []
    handle = model.get_submodule(path).register_forward_pre_hook(
        lambda module, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        model(image())
    handle.remove()
    return seen[0]


@each_host
@pytest.mark.parametrize('arguments, names', [
    (dict(out_indices=DENSE), BEFORE),
    (dict(out_indices=(1, 2)), BEFORE[:4]),
    (dict(out_indices=LAST), AFTER),
    (dict(out_indices=DENSE, prompts_after_merging=True), AFTER),
    (dict(out_indices=LAST, prompts_after_merging=False), BEFORE),
    (dict(out_indices=(1, 2),
          prompts_after_merging=True), [*AFTER[:3], BEFORE[3]]),
    (dict(prompt_stages=(1, 3)), [BEFORE[2], BEFORE[4]]),
])
def test_places(host, arguments, names):
    assert list(build(host, **arguments).prompts) == names


@each_host
@pytest.mark.parametrize('out_indices, readers, size', [
    (DENSE, ('norm0', 'stages.0.downsample'), (8, 12)),
    (LAST, ('stages.1', ), (4, 6)),
])
def test_all_that_follows_sees_the_blended_map(host, out_indices, readers,
                                               size):
    """Dense: the next stage and the neck, through the output's norm."""
    model = build(
        host,
        out_indices=out_indices,
        prompt_stages=(0, ),
        prompt_cfg=dict(zero_init=False)).eval()
    prompts, = model.prompts.values()
    for reader in readers:
        with model.without_prompts():
            plain = seen_by(model, reader)
        with torch.no_grad():
            expected = blend(prompts, (plain, size), plain)
        assert not torch.equal(expected, plain)
        assert torch.equal(seen_by(model, reader), expected)


@each_host
@pytest.mark.parametrize('arguments', [
    dict(out_indices=DENSE),
    dict(out_indices=(1, 2)),
    dict(out_indices=LAST),
    dict(out_indices=DENSE, prompts_after_merging=True),
    dict(out_indices=(1, 2), prompts_after_merging=True),
])
def test_every_prompt_has_a_gradient(host, arguments):
    """Otherwise DDP refuses to train."""
    model = build(host, **arguments).train()
    sum(x.square().sum() for x in model(image(64, 64))).backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


@each_host
def test_counts_of_dense_prediction(host):
    """Swin-S and Swin-T, whose depths do not matter here."""
    model = build(
        host, embed_dims=96, depths=(1, 1, 1, 1), num_heads=(3, 6, 12, 24))
    assert [
        sum(p.numel() for p in prompt.parameters())
        for prompt in model.prompts.values()
    ] == [12505, 12505, 43441, 160609, 616129]


# -- what trains -------------------------------------------------------------


@pytest.mark.parametrize('host, frozen_stages', [
    *((host, -1) for host in HOSTS),
    ('mmdet', 4),
    ('mmseg', 4),
    ('mmpretrain', 3),
])
def test_norms_of_outputs_train_whatever_the_stock_config_freezes(
        host, frozen_stages):
    model = build(host, frozen_stages=frozen_stages).train()
    norms = {f'norm{i}' for i in DENSE}
    assert trained(model) == norms
    for name, child in model.named_children():
        assert child.training == (name in norms | {'prompts'}), name


@each_host
@pytest.mark.parametrize('out_indices', [DENSE, (0, 2), LAST])
def test_without_prompts_the_norms_that_no_pretraining_holds_train(
        host, out_indices):
    model = build(host, tuning='head', out_indices=out_indices).train()
    norms = {f'norm{i}' for i in out_indices}
    assert trained(model) == norms - ({'norm3'}
                                      if host == 'mmpretrain' else set())


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_a_whole_stage_is_refused(host):
    """It returns two maps, of which the neck sees the other one."""
    with pytest.raises(UserError, match='stages.3, which returns tuple'):
        build(host, prompt_stages=['stages.3'])


def test_sizes_of_pretraining_other_than_224():
    """mmpretrain refuses maps smaller than the window, 7 x 7 at 224 px."""
    model = build(
        'mmpretrain', window_size=12, img_size=384, pad_small_map=False)
    assert list(model.prompts) == BEFORE
