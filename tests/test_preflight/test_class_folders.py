"""Class folders of training and evaluation."""
import pytest
from mmengine.config import Config

from protune_mm.preflight.loaders import CheckedLoaders


class Folders:
    """A data set of class folders, of which nothing is read."""

    metainfo = dict()

    def __init__(self, *names):
        self.folder_to_idx = {name: i for i, name in enumerate(names)}
        self.pipeline = Config(dict(transforms=[]))

    def __len__(self):
        return 0


def look(evaluator):
    cfg = Config(dict(model={}, val_evaluator=evaluator))
    runner = Config(dict(build_dataloader=None))
    checked = CheckedLoaders(cfg, runner)
    for loader, names in (('train_dataloader', 'ab'), ('val_dataloader',
                                                       'cd')):
        checked._look_at_files(loader, f'{loader}.dataset', Folders(*names))


def test_other_classes_shift_the_labels():
    with pytest.raises(ValueError, match='lacks the class folders a, b'):
        look(dict(type='Accuracy'))


def test_like_images_may_be_of_other_classes():
    look([dict(type='RetrievalRecall', topk=1)])
