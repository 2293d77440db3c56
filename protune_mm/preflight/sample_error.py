"""Errors of a data pipeline that name the image and the annotation."""
import traceback
from pathlib import Path
from typing import Any, Optional

from mmengine.dataset import BaseDataset, Compose

from protune_mm.errors import UserError
from .built_dataset import leaves

HOSTS = ('mmengine', 'mmdet', 'mmseg', 'mmpretrain', 'protune_mm')


class SampleError(UserError):
    """An image or annotation that a pipeline cannot use.

    Args:
        message (str): The sentence. A loader's worker hands on a whole trace
            instead, of which the sentence is taken.
    """

    def __init__(self, message: str) -> None:
        sentence = message.rpartition(f'{type(self).__name__}: ')[-1]
        super().__init__(sentence.strip())


def describe_error(error: Exception) -> str:
    """Say in one line what happened and where.

    Args:
        error (Exception): Caught from someone else's code.

    Returns:
        str: Its type, text and place.
    """
    text = ' '.join(str(error).split())
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (f'{type(error).__name__}: {text} '
            f'({Path(frame.filename).name}, line {frame.lineno})')


class NamedPipeline(Compose):
    """A pipeline whose errors name the file and the annotation.

    Args:
        transforms (Sequence[callable]): The steps of another pipeline.
    """

    def __call__(self, data: dict) -> Optional[dict]:
        """Apply the steps.

        Args:
            data (dict): What the data set knows about an image.

        Returns:
            dict, optional: What the last step returns.

        Raises:
            SampleError: Whatever a step raises.
        """
        given = dict(data)
        try:
            return super().__call__(data)
        except UserError:
            raise
        except Exception as error:
            raise SampleError(self._sentence(given, error)) from error

    def _sentence(self, given: dict, error: Exception) -> str:
        path = given.get('img_path', 'An image without a file')
        culprit = self._culprit(given, type(error))
        parts = [f'{path} cannot be used']
        if culprit is not None:
            instance = given['instances'][culprit]
            parts.append(
                f', because of annotation {culprit + 1} of its '
                f'{len(given["instances"])}, box {_box(instance)}, label '
                f'{instance.get("bbox_label")}')
        elif given.get('seg_map_path') and path not in str(error):
            parts.append(f', or its label map {given["seg_map_path"]}')
        return (f'{"".join(parts)}: {describe_error(error)}; mend it or leave '
                'it out.')

    def _culprit(self, given: dict, kind: type) -> Optional[int]:
        """Find the annotation with which alone the pipeline fails alike."""

        def fails(instances: list) -> bool:
            try:
                super(NamedPipeline, self).__call__({
                    **given, 'instances':
                    instances
                })
            except kind:
                return True
            except Exception:  # too few annotations for a step
                return False
            return False

        instances = given.get('instances') or []
        if not instances or fails([]):
            return None
        return next((i for i, one in enumerate(instances) if fails([one])),
                    None)


def _box(instance: dict) -> list:
    return [round(x, 1) for x in instance.get('bbox', [])]


def _loads_as_hosts_do(leaf: BaseDataset) -> bool:
    """Tell if nothing of a user's own may wait for an error of its kind."""
    return all(
        getattr(type(leaf), name).__module__.split('.')[0] in HOSTS
        for name in ('__getitem__', 'prepare_data'))


def name_errors(dataset: Any) -> None:
    """Let what fails in a data set's pipelines name the file.

    Args:
        dataset (Any): A built data set, changed in place.
    """
    for leaf in leaves(dataset):
        if type(leaf.pipeline) is Compose and _loads_as_hosts_do(leaf):
            leaf.pipeline = NamedPipeline(leaf.pipeline.transforms)
