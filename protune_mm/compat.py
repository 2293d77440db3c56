"""What the installed stack needs before a host library or a config loads.

Each cure acts only where its cause is present, on ``import protune_mm``.
"""
import importlib
import warnings
from importlib import metadata

import torch
from mmengine.config import utils as config_utils

# The schemas must outlive this module's functions: torch drops a library's
# definitions when the object goes.
_TORCHVISION = torch.library.Library('torchvision', 'FRAGMENT')


def define_torchvision_operators() -> bool:
    """Let torchvision import beside a torch its compiled part does not fit.

    torchvision's wheel on PyPI is built for CUDA. Beside a CPU torch its
    operators do not load, and importing it fails on their missing schemas.
    The hosts use only its Python code, so the schemas are enough.

    Returns:
        bool: Whether schemas had to be defined.
    """
    try:
        importlib.import_module('torchvision')
        return False
    except RuntimeError as error:
        if 'torchvision::nms' not in str(error):
            raise
    _TORCHVISION.define(
        'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    _TORCHVISION.define(
        'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    importlib.import_module('torchvision')
    warnings.warn(
        "torchvision's compiled operators do not fit this torch (usual on a "
        'CPU build); its Python part is used without them.')
    return True


def name_mmseg_package() -> bool:
    """Let ``_base_ = ['mmseg::...']`` find mmseg under OneDL's name.

    mmengine looks the scope up as the distribution ``mmsegmentation``, which
    OneDL's ``onedl-mmsegmentation`` is not.

    Returns:
        bool: Whether the name had to be changed.
    """
    try:
        metadata.distribution('mmsegmentation')
        return False
    except metadata.PackageNotFoundError:
        config_utils.MODULE2PACKAGE['mmseg'] = 'mmseg'
        return True


define_torchvision_operators()
name_mmseg_package()
