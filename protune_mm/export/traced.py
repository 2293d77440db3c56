"""What is exported: a model from the images of a file to what it predicts."""
import sys

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from protune_mm.errors import UserError
from protune_mm.execution import fold_norms
from .portable import make_portable


class Normalised(nn.Module):
    """The part of a data preprocessor that changes values.

    That of mmseg takes a batch apart into images, so that a graph would hold
    for batches of one size.

    Args:
        preprocessor (nn.Module): That of a model.
    """

    def __init__(self, preprocessor: nn.Module) -> None:
        super().__init__()
        # As mmpretrain and as mmengine name it.
        self.flips = (
            getattr(preprocessor, 'to_rgb', False)
            or getattr(preprocessor, '_channel_conversion', False))
        self.normalises = getattr(preprocessor, '_enable_normalize', False)
        if self.normalises:
            self.register_buffer('mean', preprocessor.mean.clone())
            self.register_buffer('std', preprocessor.std.clone())

    def forward(self, images: Tensor) -> Tensor:
        """Return images ``(B, 3, H, W)`` as the backbone wants them."""
        if self.flips:
            images = images.flip(1)
        return (images - self.mean) / self.std if self.normalises else images


class Traced(nn.Module):
    """A model that takes images as OpenMMLab loads them.

    Args:
        model (nn.Module): That of a host, which stays as it is.
    """

    output: str  # what the graph calls it
    scales: bool  # whether it is as large as the image

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.normalised = Normalised(model.data_preprocessor)
        self.model = make_portable(fold_norms(model))

    @staticmethod
    def predict(model: nn.Module, images: Tensor) -> Tensor:
        """Predict as the host does.

        Args:
            model (nn.Module): The host's.
            images (Tensor): Shape ``(B, 3, H, W)``, BGR from 0 to 255.

        Returns:
            Tensor: What :meth:`forward` has to return.
        """
        raise NotImplementedError


class TracedClassifier(Traced):
    """mmpretrain's ``ImageClassifier``.

    Args:
        model (nn.Module): The classifier, which stays as it is.

    Raises:
        UserError: If its head gives no scores that add up to one.
    """

    output, scales = 'scores', False

    def __init__(self, model: nn.Module) -> None:
        if not isinstance(model.head, MODELS.get('mmpretrain.ClsHead')):
            raise UserError(
                f'Classifiers with a {type(model.head).__name__} cannot be '
                'exported: only those with a ClsHead can, one class an image.')
        super().__init__(model)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores ``(B, classes)`` of images ``(B, 3, H, W)``."""
        features = self.model.extract_feat(self.normalised(images))
        return self.model.head(features).softmax(1)

    @staticmethod
    def predict(model: nn.Module, images: Tensor) -> Tensor:
        """Predict scores ``(B, classes)``; see :class:`Traced`."""
        inputs = model.data_preprocessor(dict(inputs=images))['inputs']
        return torch.stack([x.pred_score for x in model.predict(inputs)])


class TracedSegmentor(Traced):
    """mmseg's ``EncoderDecoder``, over whole images.

    Args:
        model (nn.Module): The segmentor, which stays as it is.
    """

    output, scales = 'logits', True

    def forward(self, images: Tensor) -> Tensor:
        """Return logits ``(B, classes, H, W)`` of images ``(B, 3, H, W)``."""
        # Of the images' descriptions only the first one's size is read.
        return self.model.encode_decode(
            self.normalised(images), [dict(img_shape=images.shape[2:])])

    @staticmethod
    def predict(model: nn.Module, images: Tensor) -> Tensor:
        """Predict logits ``(B, classes, H, W)``; see :class:`Traced`."""
        from mmseg.structures import SegDataSample
        samples = [SegDataSample() for _ in images]
        data = dict(inputs=images, data_samples=samples)
        inputs = model.data_preprocessor(data)['inputs']
        shape = dict(img_shape=inputs.shape[2:])
        return model.whole_inference(inputs, [shape] * len(inputs))


KINDS = {
    'mmpretrain.ImageClassifier': TracedClassifier,
    'mmseg.EncoderDecoder': TracedSegmentor
}


def traced(model: nn.Module) -> Traced:
    """Make of a model what is exported.

    Args:
        model (nn.Module): A host's model, which stays as it is.

    Returns:
        Traced: A copy in eval mode, batch norms folded.

    Raises:
        UserError: If the model is of a kind that is not exported.
    """
    for name, kind in KINDS.items():
        # A host that nothing has imported is not that of the model.
        if name.split('.')[0] in sys.modules and isinstance(
                model, MODELS.get(name)):
            return kind(model).eval()
    raise UserError(f'A {type(model).__name__} cannot be exported: only '
                    f'models of type {" and ".join(KINDS)} can.')
