"""One trained model, ready to predict."""
import copy
import os
import threading
from typing import Any, Sequence, Union

import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope

from protune_mm.engine.whole_model import build_model, load_whole
from protune_mm.errors import UserError
from protune_mm.preflight.config_parts import host_of
from protune_mm.publishing import read_published
from .image_pipeline import Image, ImagePipeline, test_dataset
from .runner import load_config

# mmengine's default scope is one for all threads.
_BUILDING = threading.Lock()


def _dataset_meta(cfg: Config, checkpoint: dict) -> dict:
    """Name the classes: as the checkpoint says, else the config."""
    meta = checkpoint.get('meta') or {}
    found = meta.get('dataset_meta') or {
        key: meta[key]
        for key in ('CLASSES', 'PALETTE') if key in meta
    }
    if not found:
        dataset = test_dataset(cfg)
        kind = dataset.get('type')
        with DATASETS.switch_scope_and_registry(None) as registry:
            kind = registry.get(kind) if isinstance(kind, str) else kind
        found = {
            **getattr(kind, 'METAINFO', {}),
            **(dataset.get('metainfo') or {})
        }
    return {key.lower(): value for key, value in found.items()}


class Task:
    """A trained model with its test pipeline.

    Args:
        name (str): What messages call it.
        source (str | os.PathLike): A checkpoint or, without ``config``, a
            published folder or its URL.
        config (str | os.PathLike | Config, optional): The config that it was
            trained with, or its path. Default: None.
        device (str): Where it computes. Default: 'cpu'.

    Raises:
        UserError: If something is missing or does not fit.
    """

    def __init__(self,
                 name: str,
                 source: Union[str, os.PathLike],
                 config: Union[None, str, os.PathLike, Config] = None,
                 device: str = 'cpu') -> None:
        self.name = name
        try:
            self._build(os.fspath(source), config, device)
        except UserError as error:
            raise UserError(f"Task '{name}': {error}") from None

    def _build(self, source: str, config: Union[None, str, os.PathLike,
                                                Config], device: str) -> None:
        if config is None:
            published = read_published(source)
            config, source = published.config, published.checkpoint
        if isinstance(config, Config):
            cfg = copy.deepcopy(config)
        else:
            cfg = load_config(os.fspath(config))
        self.host = host_of(cfg)
        with _BUILDING, DefaultScope.overwrite_default_scope(self.host):
            self._pipeline = ImagePipeline(cfg)
            self.model = build_model(cfg)
            checkpoint = load_whole(self.model, source)
            meta = _dataset_meta(cfg, checkpoint)
        # As the hosts' own inference leaves them; mmpretrain's has others.
        self.model.cfg = self.model._config = cfg
        self.model.dataset_meta = self.model._dataset_meta = meta
        self.model.to(device).eval()

    def predict(self, images: Union[Image, Sequence[Image]]) -> Any:
        """Predict one image or several, one after the other.

        Args:
            images (str | os.PathLike | np.ndarray | Sequence): Paths, URLs,
                or arrays ``(H, W, 3)`` of uint8 in BGR.

        Returns:
            The host's data sample, of one image; a list of them, of several.

        Raises:
            UserError: If one is no image.
        """
        if isinstance(images, (list, tuple)):
            return [self.predict(image) for image in images]
        batch = self._pipeline(images)
        with torch.no_grad():
            return self.model.test_step(batch)[0]
