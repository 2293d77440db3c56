"""Nothing of what is exported is random."""
import pytest
import torch

from protune_mm.errors import UserError
from protune_mm.export import load_model, stock_model
from protune_mm.export.trained import refuse_detectors
from tests.export_case import acting, save_acting
from tests.slim_configs import HTC, classifier, read


def test_it_is_the_checkpoint(tmp_path):
    cfg = classifier()
    path = save_acting(cfg, tmp_path / 'last.pth')
    model = load_model(cfg, str(path))
    assert not any(part.training for part in model.modules())
    state = torch.load(path)['state_dict']
    assert state.keys() == model.state_dict().keys()
    assert all(x.equal(state[name]) for name, x in model.state_dict().items())


def test_of_several_processes(tmp_path):
    cfg = classifier()
    state = acting(cfg).state_dict()
    path = tmp_path / 'last.pth'
    torch.save({f'module.{name}': x for name, x in state.items()}, path)
    model = load_model(cfg, str(path))
    assert all(x.equal(state[name]) for name, x in model.state_dict().items())


def test_what_would_be_random_is_named(tmp_path):
    cfg = classifier()
    state = acting(cfg).state_dict()
    del state['backbone.layer1.0.conv1.weight']
    path = tmp_path / 'last.pth'
    torch.save(dict(state_dict=state), path)
    with pytest.raises(UserError, match='layer1.0.conv1.weight'):
        load_model(cfg, str(path))


def test_the_stock_network_has_the_models_weights():
    cfg = classifier()
    model = acting(cfg)
    state, stock = model.state_dict(), stock_model(cfg, model).state_dict()
    assert all(x.equal(state[name]) for name, x in stock.items())
    left = {name for name in state if name not in stock}
    assert left and all('.prompts.' in name for name in left)


def test_a_model_without_prompts_is_its_own_stock_network():
    cfg = classifier(tuning='head')
    assert stock_model(cfg, acting(cfg)) is None


def test_detectors_are_refused():
    with pytest.raises(UserError, match='no detectors'):
        refuse_detectors(read(HTC))
