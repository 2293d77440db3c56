"""What the installed stack needs before a host library or a config loads.

Each cure acts only where its cause is present, on ``import protune_mm``.
"""
import warnings
from contextlib import suppress
from importlib import metadata
from importlib.machinery import PathFinder
from importlib.util import find_spec

import torch
from mmengine.config import utils as config_utils

# The schemas must outlive this module's functions: torch drops a library's
# definitions when the object goes.
_TORCHVISION = torch.library.Library('torchvision', 'FRAGMENT')


def define_torchvision_operators() -> bool:
    """Let torchvision import beside a torch its compiled part does not fit.

    torchvision's wheel on PyPI is built for CUDA. Beside a CPU torch its
    operators do not load, and importing it fails on their missing schemas.
    The hosts use only its Python code, so the schemas are enough. The
    operators are loaded as torchvision does, but without its Python part,
    which takes a second.

    Returns:
        bool: Whether schemas had to be defined.
    """
    torchvision = find_spec('torchvision')
    if torchvision is None:  # whoever needs it says so
        return False
    library = PathFinder.find_spec('_C',
                                   torchvision.submodule_search_locations)
    if library:
        with suppress(OSError):
            torch.ops.load_library(library.origin)
    if hasattr(torch.ops.torchvision, 'nms'):
        return False
    _TORCHVISION.define(
        'nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    _TORCHVISION.define(
        'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
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
