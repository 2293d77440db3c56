"""From small sizes to large ones."""
import numpy as np
import pytest

from protune_mm.costs.extrapolation import at_size, small_sizes


@pytest.mark.parametrize('size, period, edges', [
    ((192, 192), 64, ([192], [192])),
    ((800, 1344), 64, ([96, 160], [64, 128])),
    ((800, 1344), 224, ([128, 352], [224, 448])),
    ((512, 512), 224, ([64, 288], [64, 288])),
    ((100, 4000), 64, ([100], [96, 160])),
])
def test_sizes(size, period, edges):
    assert small_sizes(size, period) == edges


@pytest.mark.parametrize('size', [(800, 1344), (512, 512), (100, 4000)])
def test_padded_maps_are_told_exactly(size):
    """As of a stage of windows of 7 patches of 4 pixels, and a fixed part."""

    def kept(size):
        height, width = (-(-edge // 4 // 7) * 7 for edge in size)
        return np.array([3. * height * width + 11, size[0] * 2.])

    edges = small_sizes(size, 224)
    np.testing.assert_allclose(at_size(kept, edges, size), kept(size))
