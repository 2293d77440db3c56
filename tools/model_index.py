"""Print an index of the configs, which `mim search` reads from the wheel.

    python tools/model_index.py

No numbers: no weights of these configs are published.
"""
import json
from pathlib import Path

CONFIGS = Path(__file__).resolve().parent.parent / 'configs'
ARXIV = 'https://arxiv.org/abs/'
# `mim download` gives no config without weights. Of a path without a file's
# name it fetches nothing, and gives the config.
NO_WEIGHTS = './'
# By the word in a config's name: what it is called, and its paper.
METHODS = dict(
    protune=('Pro-tuning', f'{ARXIV}2207.14381'),
    vpt=('Visual Prompt Tuning', f'{ARXIV}2203.12119'),
    spt=('Self-Prompt Tuning', f'{ARXIV}2402.02382'),
    lora=('LoRA', f'{ARXIV}2106.09685'),
    adaptformer=('AdaptFormer', f'{ARXIV}2205.13535'),
    mona=('Mona', f'{ARXIV}2408.08345'),
    head=('Head retraining', None),
    finetune=('Fine-tuning', None))
TASKS = dict(
    cascade='Instance Segmentation',
    fcos='Object Detection',
    mask='Instance Segmentation',
    htc='Instance Segmentation',
    fcn='Semantic Segmentation',
    setr='Semantic Segmentation',
    upernet='Semantic Segmentation',
    classifier='Image Classification')
DATASETS = dict(
    coco='COCO',
    ade20k='ADE20K',
    cifar100='CIFAR-100',
    cub='CUB-200-2011',
    digits='Digits on photographs',
    trees='Tree crowns in aerial photographs')


def models(configs):
    """An entry for each config that trains by one of the methods."""
    for path in sorted(configs.rglob('*.py')):
        words = path.stem.split('_')
        method = next((word for word in words if word in METHODS), None)
        if method and words[-1] in DATASETS:
            yield {
                'Name':
                path.stem,
                'In Collection':
                METHODS[method][0],
                'Config':
                f'configs/{path.relative_to(configs).as_posix()}',
                'Metadata': {
                    'Training Data': DATASETS[words[-1]]
                },
                'Weights':
                NO_WEIGHTS,
                'Results': [{
                    'Task': TASKS[words[0]],
                    'Dataset': DATASETS[words[-1]],
                    'Metrics': {}
                }]
            }


def metafile(configs=CONFIGS):
    """The index as JSON, which is YAML too."""
    collections = [
        dict(Name=name, **(dict(Paper=paper) if paper else {}))
        for name, paper in METHODS.values()
    ]
    index = dict(Collections=collections, Models=list(models(configs)))
    return json.dumps(index, indent=2) + '\n'


if __name__ == '__main__':
    print(metafile(), end='')
