"""Pro-tuned Swins: which checkpoints load, and which are refused."""
import pytest
import torch
from mmengine.runner import load_checkpoint
from torch import nn

from protune_mm.errors import UserError
from tests.small_swin import (DENSE, LAST, assert_same_weights, build,
                              each_host, image, pretrained, trained)


def save(path, state):
    state = {f'backbone.{k}': v for k, v in state.items()}
    torch.save(dict(state_dict=state), path)
    return path


def official(state):
    """Rename and reorder mmdet's entries to those of Microsoft's files."""
    corners = [0, 2, 1, 3]
    renamed = {
        'patch_embed.projection.': 'patch_embed.proj.',
        'stages.': 'layers.',
        'attn.w_msa.': 'attn.',
        'ffn.layers.0.0.': 'mlp.fc1.',
        'ffn.layers.1.': 'mlp.fc2.',
        'norm3.': 'norm.'
    }
    out = {}
    for name, value in state.items():
        if name.startswith(('norm0.', 'norm1.', 'norm2.')):
            continue
        if '.downsample.' in name:  # channels of four patches: C x 4 to 4 x C
            value = value.unflatten(-1, (-1, 4)).transpose(
                -1, -2)[..., corners, :].flatten(-2)
        for ours, theirs in renamed.items():
            name = name.replace(ours, theirs)
        out[name] = value
    out['layers.1.blocks.1.attn_mask'] = torch.zeros(4, 16, 16)
    out['head.weight'], out['head.bias'] = torch.rand(5, 192), torch.rand(5)
    return out


def test_weights_of_microsoft_load_as_in_the_stock_backbone(tmp_path):
    source = pretrained('mmdet')
    torch.save(
        dict(model=official(source.state_dict())), tmp_path / 'swin.pth')
    stock, twin = (
        build(
            'mmdet',
            twin=twin,
            checkpoint=tmp_path / 'swin.pth',
            convert_weights=True) for twin in (False, True))
    stock.init_weights(), twin.init_weights()
    assert_same_weights(twin, stock)
    # So it is also the source, and the norms are new and train.
    state = twin.state_dict()
    for name, value in source.state_dict().items():
        if name.startswith('norm'):
            value = torch.full_like(value, name.endswith('weight'))
        assert torch.equal(state[name], value), name
    assert trained(twin.train()) == {f'norm{i}' for i in DENSE}
    stock.eval(), twin.eval()
    with twin.without_prompts():
        assert all(map(torch.equal, stock(image()), twin(image())))


def old_names(state):
    """Entries as mmpretrain wrote them in versions 1 and 2."""
    out = {k.replace('norm3.', 'norm.'): v for k, v in state.items()}
    out['stages.1.blocks.1.attn.attn_mask'] = torch.zeros(4, 16, 16)
    return out


@pytest.mark.parametrize('out_indices', [DENSE, LAST])
def test_older_checkpoints_of_mmpretrain_keep_the_final_norm(
        tmp_path, out_indices):
    source = pretrained('mmpretrain', out_indices=out_indices)
    old = old_names(source.state_dict())
    file = save(tmp_path / 'old.pth', old)
    first, second, third = (
        build('mmpretrain', out_indices=out_indices, checkpoint=file)
        for _ in range(3))
    first.init_weights()
    load_checkpoint(nn.ModuleDict(dict(backbone=second)), str(file))
    result = third.load_state_dict(old, strict=False)
    assert not result.unexpected_keys
    assert all(key.startswith('prompts.') for key in result.missing_keys)
    for model in (first, second, third):
        assert_same_weights(model, source)


@pytest.mark.parametrize('host', ['mmdet', 'mmseg'])
def test_the_final_norm_of_classification_is_not_a_dense_one(host, tmp_path):
    """As in the stock backbone, where it stays unused."""
    file = save(tmp_path / 'old.pth', old_names(pretrained(host).state_dict()))
    model = build(host, checkpoint=file)
    model.init_weights()
    assert model.norm3.weight.eq(1).all()


@pytest.fixture
def resizing(monkeypatch):
    """SciPy 1.14 has taken away what mmpretrain resizes with."""
    from mmpretrain.models.backbones import swin_transformer
    name = 'resize_relative_position_bias_table'

    def resize(old, new, table, heads):
        maps = table.T.reshape(1, heads, old, old)
        return nn.functional.interpolate(maps, (new, new)).reshape(heads, -1).T

    try:
        getattr(swin_transformer, name)(3, 5, torch.rand(9, 2), 2)
    except NotImplementedError:
        monkeypatch.setattr(swin_transformer, name, resize)


@each_host
def test_another_window_is_resized_as_the_stock_backbone_does(
        host, tmp_path, resizing):
    state = pretrained(host, window_size=3).state_dict()
    file = save(tmp_path / 'window.pth', state)
    twin = build(host, checkpoint=file)
    if host != 'mmpretrain':  # the stock ones stop at an index of other shape
        state = {k: v for k, v in state.items() if 'position_index' not in k}
        file = save(tmp_path / 'without.pth', state)
    stock = build(host, twin=False, checkpoint=file)
    stock.init_weights(), twin.init_weights()
    assert_same_weights(twin, stock)
    table = twin.stages[3].blocks[0].attn.w_msa.relative_position_bias_table
    assert table.shape == (49, 4) and table.std() > 0.05


@each_host
def test_another_window_through_load_state_dict(host, resizing):
    """Only mmpretrain resizes here; the others' error says what differs."""
    state = pretrained(host, window_size=3).state_dict()
    stock, twin = build(host, twin=False), build(host)
    if host == 'mmpretrain':
        for model in (stock, twin):
            model.load_state_dict(dict(state), strict=False)
        assert_same_weights(twin, stock)
    else:
        with pytest.raises(RuntimeError, match='size mismatch'):
            stock.load_state_dict(state, strict=False)
        with pytest.raises(
                UserError, match=r'bias_table \(25, 1\) instead of \(49, 1\)'):
            twin.load_state_dict(state, strict=False)


@each_host
@pytest.mark.parametrize('other, named', [
    (dict(depths=(1, 2, 2, 1)), r'no stages\.2\.blocks\.1'),
    (dict(depths=(1, 1, 1, 1)), r'lacks stages\.1\.blocks\.1'),
    (dict(embed_dims=32), 'instead of'),
    (dict(num_heads=(1, 2, 4, 4)), r'bias_table \(49, 4\) instead of'),
])
def test_another_swin_is_refused(host, other, named, tmp_path):
    state = pretrained(host, **other).state_dict()
    model = build(host, checkpoint=save(tmp_path / 'other.pth', state))
    with pytest.raises(UserError, match=named):
        model.load_state_dict(state, strict=False)
    with pytest.raises(UserError, match=named):
        model.init_weights()


@each_host
def test_weights_of_microsoft_are_refused_unless_converted(host):
    """Otherwise a frozen backbone would stay random, but for the norms."""
    state = official(pretrained('mmdet').state_dict())
    with pytest.raises(
            UserError, match="names of Swin's authors.*convert_weights=True"):
        build(host).load_state_dict(state, strict=False)


def test_mmdet_without_convert_weights_is_told_so(tmp_path):
    file = tmp_path / 'swin.pth'
    torch.save(dict(model=official(pretrained('mmdet').state_dict())), file)
    with pytest.raises(UserError, match='convert_weights=True'):
        build('mmdet', checkpoint=file).init_weights()
