"""Pro-tuned BEiT and MAE: images of one size."""
import pytest
import torch

from protune_mm.errors import UserError
from tests.small_maps import stock, twin


@pytest.mark.parametrize('name', ['BEiT', 'MAE'])
@pytest.mark.parametrize('height, width', [(40, 32), (64, 64), (16, 64)])
def test_other_images_are_refused(name, height, width):
    """The last one has as many patches, of which the host knows no better."""
    model = twin(name)
    with pytest.raises(
            UserError, match=f'{height} x {width} px.*32 x 32: set img_size'):
        model(torch.rand(1, 3, height, width))


@pytest.mark.parametrize('name', ['BEiT', 'MAE'])
def test_positions_of_another_size(name, tmp_path):
    """mmseg brings them to img_size by what newer scipys do not have."""
    path = tmp_path / 'base.pth'
    torch.save(stock(name, img_size=48).state_dict(), path)
    model = twin(name, init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    with pytest.raises(UserError, match=r'img_size=\(32, 32\) \(.*interp2d'):
        model.init_weights()
    other = twin(
        name,
        img_size=(48, 32),
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    with pytest.raises(UserError, match='img_size is not square'):
        other.init_weights()
