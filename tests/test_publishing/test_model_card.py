"""The model card."""
import torch

from protune_mm.publishing.model_card import model_card
from tests.small_tasks import read
from tests.test_docs import FENCE


def test_of_a_trained_task(task):
    text = (task.published / 'README.md').read_text()
    assert text.startswith('# small\n\nImageClassifier of mmpretrain, ')
    state = read(task.delta)['state_dict']
    numbers = sum(value.numel() for value in state.values())
    assert f'| parameters in this folder | {numbers:,} |' in text
    assert f'| base of backbone | {task.base} weights, SHA-256 ' in text
    code, = [code for language, code in FENCE.findall(text)]
    compile(code, 'README.md', 'exec')
    assert f"'{task.published.name}'" in code


def test_without_a_base_and_metrics():
    manifest = dict(name='x', model='A', host='mmdet', bases={}, metrics={})
    text = model_card(manifest, dict(a=torch.ones(1_000_000)), 'x-00000000')
    assert 'It holds all weights.' in text and '4.00 MB' in text
    assert 'base of' not in text and 'Metrics' not in text


def test_a_base_of_its_own_arguments():
    base = dict(sha256=64 * '0', source=None)
    manifest = dict(
        name='x',
        model='A',
        host='mmdet',
        bases=dict(b=base),
        metrics=dict(mAP=0.123456))
    text = model_card(manifest, {}, 'x-00000000')
    assert '\n## Metrics\n' in text and '| mAP | 0.1235 |' in text
    assert '| base of b | its weights, SHA-256 0000000000000000... |' in text
