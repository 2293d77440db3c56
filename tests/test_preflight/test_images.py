"""Files of images."""
import pytest
from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import BaseDataset
from PIL import Image

from protune_mm.errors import UserError
from protune_mm.preflight.images import check_images, loaded_size


class Images(BaseDataset):
    """One image of which 40 x 20 is annotated."""

    def __init__(self, path, box=(1, 2, 3, 4), **step):
        self.info = dict(
            img_path=str(path),
            width=40,
            height=20,
            instances=[dict(bbox=list(box))])
        super().__init__(pipeline=[lambda x: x, LoadImageFromFile(**step)])

    def load_data_list(self):
        return [self.info]


def save(path, size=(40, 20), orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new('RGB', size).save(path, exif=exif)
    return path


@pytest.mark.parametrize('orientation', range(1, 9))
def test_the_size_is_that_of_the_loaded_image(tmp_path, orientation):
    path = save(tmp_path / 'a.jpg', orientation=orientation)
    image = LoadImageFromFile()(dict(img_path=str(path)))['img']
    assert loaded_size(str(path)) == (image.shape[1::-1], orientation)


def test_good_images_pass(tmp_path):
    check_images('train', Images(save(tmp_path / 'a.jpg')))
    check_images('train', Images(save(tmp_path / 'a.jpg', (20, 40), 6)))
    # Stored as annotated, and loaded so.
    check_images(
        'train',
        Images(
            save(tmp_path / 'a.jpg', orientation=6),
            color_type='color_ignore_orientation'))
    # Another size, but all boxes are inside.
    check_images('train', Images(save(tmp_path / 'a.jpg', (30, 30))))
    check_images('train', Images('s3://bucket/a.jpg'))


@pytest.mark.parametrize('size, orientation, box, named', [
    ((40, 20), 6, (25, 2, 30, 4),
     r'loads as 20 x 40, but its annotations are of 40 x 20, and the box '
     r'\[25, 2, 30, 4\] lies outside .* orientation 6 turns it.* '
     r'train.pipeline.1.color_type=color_ignore_orientation'),
    ((40, 20), 8, (1, 2, 3, 4), 'loads as 20 x 40.*: its EXIF orientation 8'),
    ((30, 20), 1, (30, 2, 40, 4), r'.*, and the box \[30, 2, 40, 4\] lies'),
])
def test_a_size_that_is_not_annotated(tmp_path, size, orientation, box, named):
    path = save(tmp_path / 'a.jpg', size, orientation)
    with pytest.raises(UserError, match=rf'^{path} \(train\) {named}'):
        check_images('train', Images(path, box))


@pytest.mark.parametrize('content, named', [
    (None, 'is not there'),
    (b'', 'is empty'),
    (b'<html>', 'is no image'),
])
def test_files_that_are_no_images(tmp_path, content, named):
    path = tmp_path / 'a.jpg'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf'^{path} \(train\) {named}'):
        check_images('train', Images(path))


@pytest.mark.parametrize(
    'step',
    [dict(ignore_empty=True),
     dict(backend_args=dict(backend='local'))])
def test_pipelines_that_expect_no_local_file(tmp_path, step):
    check_images('train', Images(tmp_path / 'no.jpg', **step))
