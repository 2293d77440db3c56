"""A model as an ONNX file, checked against PyTorch."""
import io
import warnings
from typing import Any, List, NamedTuple, Optional

import torch
from torch import Tensor, nn

from protune_mm.costs.image_size import Size
from protune_mm.errors import UserError
from .traced import Traced, traced

INPUT = 'images'
# Newest that all supported versions of torch write.
OPSET = 17
# Pixels of the image to one of the coarsest map, in most networks.
STRIDE = 32
ANY, MULTIPLES, FIXED = 'any', f'multiples of {STRIDE}', 'fixed'


class Check(NamedTuple):
    """How a file compares with PyTorch on random images.

    Args:
        images (int): The batch.
        size (tuple[int, int]): Height and width.
        difference (float): The largest, absolute; infinite if the file does
            not run, or gives another shape.
        largest (float): The largest absolute value that PyTorch gives.
    """
    images: int
    size: Size
    difference: float
    largest: float

    @property
    def relative(self) -> float:
        """float: The difference as a share of the largest value."""
        return self.difference / self.largest if self.largest else 0.


class Exported(NamedTuple):
    """A file that was checked, not yet written.

    Args:
        content (bytes): Of the file.
        model (Traced): What it computes.
        sizes (str): Which heights and widths it takes: :data:`ANY`,
            :data:`MULTIPLES`, or :data:`FIXED` to the exported ones.
        checks (list[Check]): Of what it takes.
    """
    content: bytes
    model: Traced
    sizes: str
    checks: List[Check]


def require_packages() -> None:
    """Raise if a package is missing that only exporting needs.

    Raises:
        UserError: If so.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise UserError(f'Exporting needs {error.name}, which is not '
                        'installed: pip install protune_mm[export].') from None


def to_onnx(model: Traced, size: Size, free: bool) -> bytes:
    """Write a model as ONNX.

    Args:
        model (Traced): What is exported.
        size (tuple[int, int]): Height and width of its images.
        free (bool): Whether it is to take other heights and widths too.

    Returns:
        bytes: Content of a file.
    """
    names = {0: 'batch'}
    if free:
        names |= {2: 'height', 3: 'width'}
        # At a size of their own, hosts spare steps that others need: position
        # embeddings fit, and maps are whole windows.
        size = size[0] + STRIDE, size[1] + 2 * STRIDE
    file = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        # Of what tracing turns into constants; the checks find what matters.
        warnings.simplefilter('ignore')
        torch.onnx.export(
            model,
            (torch.zeros(2, 3, *size), ),
            file,
            input_names=[INPUT],
            output_names=[model.output],
            dynamic_axes={
                INPUT: names,
                model.output: names if model.scales else {
                    0: 'batch'
                }
            },
            opset_version=OPSET,
            # The other exporter takes 20 times as long, needs newer versions
            # of torch, and turns Swin's batch into a constant.
            dynamo=False)
    return file.getvalue()


def open_session(content: bytes) -> Any:
    """Load a file into onnxruntime, with as many threads as torch has.

    Args:
        content (bytes): Of the file.

    Returns:
        onnxruntime.InferenceSession: On the CPU.
    """
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4  # a size that does not fit is no news
    return onnxruntime.InferenceSession(
        content, options, providers=['CPUExecutionProvider'])


def random_images(number: int, size: Size) -> Tensor:
    """Draw images, the same at each call.

    Args:
        number (int): How many, B.
        size (tuple[int, int]): Their height and width.

    Returns:
        Tensor: Shape ``(B, 3, H, W)``, from 0 to 255.
    """
    generator = torch.Generator().manual_seed(0)
    return 255 * torch.rand(number, 3, *size, generator=generator)


class _Comparison:
    """Compares a file with the model itself, norms not folded."""

    def __init__(self, content: bytes, kind: Traced, model: nn.Module,
                 tolerance: float) -> None:
        self.session = open_session(content)
        self.kind, self.model, self.tolerance = kind, model, tolerance
        self.checks: List[Check] = []

    def agrees(self, number: int, size: Size) -> bool:
        """Tell whether they agree on images of a size; remember how far."""
        images = random_images(number, size)
        difference, largest = float('inf'), 0.
        try:
            with torch.no_grad():
                expected = self.kind.predict(self.model, images)
            found, = self.session.run(None, {INPUT: images.numpy()})
        except Exception:  # either refuses a size in words of its own
            pass
        else:
            largest = expected.abs().max().item()
            if found.shape == tuple(expected.shape):
                difference = (torch.from_numpy(found) -
                              expected).abs().max().item()
        self.checks.append(Check(number, size, difference, largest))
        return difference <= self.tolerance  # which nan is not


def export_onnx(model: nn.Module,
                size: Size,
                tolerance: float = 1e-4) -> Exported:
    """Export a model with as free an image size as it allows.

    Which that is, is found by trying: the file must compute what PyTorch does
    at other sizes too.

    Args:
        model (nn.Module): A classifier or segmentor, its weights loaded, in
            eval mode. It stays as it is.
        size (tuple[int, int]): Height and width of its images.
        tolerance (float): The largest absolute difference from PyTorch.
            Default: 1e-4.

    Returns:
        Exported: The file's content, and what was found.

    Raises:
        UserError: If the model cannot be exported, or what the file computes
            differs.
    """
    require_packages()
    exported = traced(model)
    height, width = size
    for free in (True, False):
        content = _write(exported, size, free)
        if content is None:
            continue
        found = _Comparison(content, exported, model, tolerance)
        wanted = [(1, size), (3, size)]
        if free:
            wanted.append((2, (height + 2 * STRIDE, width + STRIDE)))
        if not all(found.agrees(*one) for one in wanted):
            continue
        sizes, checks = FIXED, list(found.checks)
        if free:
            odd = height // 2 * 2 + 37, width // 2 * 2 + 37
            sizes = ANY if found.agrees(1, odd) else MULTIPLES
            checks = found.checks if sizes == ANY else checks
        _check_form(content)
        return Exported(content, exported, sizes, checks)
    last = found.checks[-1]
    raise UserError(
        f'The exported file differs from PyTorch by {last.difference:.1e} on '
        f'{last.images} images of {last.size[0]} x {last.size[1]} pixels, so '
        'it was not written: if that is little beside values of up to '
        f'{last.largest:.1e}, give a larger --tolerance than {tolerance:g}.')


def _check_form(content: bytes) -> None:
    """Let ONNX see that a file is one, shapes of all operations included."""
    import onnx
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)


def _write(model: Traced, size: Size, free: bool) -> Optional[bytes]:
    """Write a model as ONNX; None where it cannot have free sizes."""
    try:
        return to_onnx(model, size, free)
    except Exception as error:  # hosts have ways of their own to refuse sizes
        if free:
            return None
        if not isinstance(error, torch.onnx.OnnxExporterError):
            raise
        reason = str(error).strip().split('\n')[0]
        raise UserError(f'torch cannot write this model as ONNX ({reason}): '
                        'export it without the part that is named.') from None
