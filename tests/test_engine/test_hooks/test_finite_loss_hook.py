"""A loss that is not finite ends the training."""
import pytest
import torch
from mmengine.registry import HOOKS
from mmengine.structures import BaseDataElement

from protune_mm.engine.hooks import FiniteLossHook
from protune_mm.errors import UserError
from tests.runners import Points, Toy, toy_runner


class Photographs(Points):
    """Numbers with the names of files; one of them may be NaN."""

    def __init__(self, bad=None):
        self.bad = bad

    def __getitem__(self, index):
        value = float('nan') if index == self.bad else float(index)
        return dict(
            inputs=torch.tensor([value]),
            data_samples=BaseDataElement(
                metainfo=dict(img_path=f'img/{index}.jpg')))


class Named(Toy):

    def forward(self, inputs, data_samples, mode='tensor'):
        return super().forward(inputs, mode)


def runner(tmp_path, bad=None, stop=True):
    built = toy_runner(tmp_path, FiniteLossHook(stop))
    built.model = Named()
    built._train_dataloader['dataset'] = Photographs(bad)
    return built


def stopped(built):
    with pytest.raises(UserError) as raised:
        built.train()
    return str(raised.value)


def test_is_registered():
    assert HOOKS.get('FiniteLossHook') is FiniteLossHook


def test_finite_losses_pass(tmp_path):
    built = runner(tmp_path)
    built.train()
    assert built.iter == 8


def test_the_images_are_named(tmp_path):
    message = stopped(runner(tmp_path, bad=5))
    assert 'The loss is nan in iteration 3, after the batch of img/4.jpg, ' \
        'img/5.jpg: ' in message
    assert message.endswith('there is no checkpoint yet.')
    assert not list(tmp_path.glob('*.pth'))


def test_the_last_good_checkpoint_is_named_and_kept(tmp_path):
    built = runner(tmp_path)

    def spoil(module, inputs):
        if built.iter == 6:
            module.head.weight.data.fill_(float('inf'))

    built.model.register_forward_pre_hook(spoil)
    message = stopped(built)
    assert 'in iteration 7, after the batch of img/4.jpg, ' in message
    assert f'{tmp_path}/epoch_1.pth is the last good checkpoint.' in message
    assert [path.name for path in tmp_path.glob('*.pth')] == ['epoch_1.pth']


def test_weights_that_the_last_step_spoilt_are_not_saved(tmp_path):
    """The loss was finite, its gradient was not."""
    built = runner(tmp_path)
    built.model.head.weight.register_hook(lambda grad: grad * float('nan')
                                          if built.iter == 3 else grad)
    assert 'head.weight is no longer finite in iteration' in stopped(built)
    assert not list(tmp_path.glob('*.pth'))


def test_a_batch_without_names(tmp_path):
    built = toy_runner(tmp_path, FiniteLossHook())
    built.model.head.weight.data.fill_(float('inf'))
    assert 'images whose files have no names' in stopped(built)


def test_it_can_be_switched_off(tmp_path):
    built = runner(tmp_path, bad=5, stop=False)
    built.train()
    assert built.iter == 8 and (tmp_path / 'epoch_2.pth').exists()


def sample(name):
    return BaseDataElement(metainfo=dict(img_path=name))


@pytest.mark.parametrize('batch, names', [
    ([torch.ones(2), torch.ones(2)], []),
    (dict(inputs=torch.ones(2)), []),
    (dict(data_samples=dict(sup=[sample('a')], unsup=[sample('b')])),
     ['a', 'b']),
    (dict(data_samples=[
        BaseDataElement(
            metainfo=dict(
                video_data_samples=[sample('a'), sample('b')]))
    ]), ['a', 'b']),
])
def test_batches_of_other_forms(batch, names, tmp_path):
    """As of torch's own data sets, of several branches and of videos."""
    built, hook = toy_runner(tmp_path), FiniteLossHook()
    hook.after_train_iter(built, 0, batch, dict(loss=torch.tensor(1.)))
    message = 'img' if names else 'whose files have no names'
    with pytest.raises(UserError, match=', '.join(names) or message):
        hook.after_train_iter(built, 0, batch,
                              dict(loss=torch.tensor(torch.nan)))
