"""The picture of costs."""
import cv2

from protune_mm.visualization.cost_picture import cost_picture

BARS = dict(backbone=dict(a=1., b=2.), model=dict(a=3., b=.5))


def test_picture(tmp_path):
    plain = cost_picture(dict(kept=BARS, time=BARS), tmp_path / 'x.png')
    floor = cost_picture(
        dict(kept=BARS, time=BARS), tmp_path / 'y.png', dict(kept=.7))
    images = [cv2.imread(str(path)) for path in (plain, floor)]
    assert images[0].std() > 0
    assert (images[0] != images[1]).any()
