"""Images in bodies, forms and JSON; limits."""
import asyncio
import base64
import io
import json
import random

import pytest
from PIL import Image
from urllib3 import encode_multipart_formdata

from protune_mm.errors import UserError
from protune_mm.serving.requests import TooLarge, image_of, read_body

# All bytes, and all that could be taken for ends of lines or of parts.
DATA = bytes(range(256)) * 2 + b'\r\n\n\r\r--\r\n--x\r\n' + random.Random(
    0).randbytes(5000) + b'\r\n'


def read(chunks, limit=10, announced=None):
    taken = []

    async def arriving():
        for chunk in chunks:
            taken.append(chunk)
            yield chunk

    return asyncio.run(read_body(arriving(), limit, announced)), taken


def test_read():
    assert read([b'12345', b'', b'67890'])[0] == b'1234567890'
    assert read([], announced='10')[0] == b''


@pytest.mark.parametrize('announced', [None, '3', 'many'])
def test_too_large(announced):
    """Nothing is read behind the limit, whatever was announced."""
    left = iter([b'12345', b'678901', b'2'])
    with pytest.raises(TooLarge, match='larger than .* MB: send a smaller'):
        read(left, announced=announced)
    assert list(left) == [b'2']


def test_announced_too_large():
    left = iter([b'1'])
    with pytest.raises(TooLarge):
        read(left, announced='11')
    assert list(left) == [b'1']


@pytest.mark.parametrize('kind', [
    '', 'image/png', 'application/octet-stream',
    'application/x-www-form-urlencoded'
])
def test_raw(kind):
    assert image_of(DATA, kind) == DATA


@pytest.mark.parametrize('end', [b'', b'\r', b'\n'])
def test_form(end):
    fields = [('note', 'hello'), ('image', ('a.png', DATA + end, 'image/png'))]
    assert image_of(*encode_multipart_formdata(fields)) == DATA + end
    # As curl -F image=@a sends text.
    text = [('image', ('a.txt', DATA + end, 'text/plain'))]
    assert image_of(*encode_multipart_formdata(text)) == DATA + end


def test_json():
    body = json.dumps(dict(image=base64.b64encode(DATA).decode())).encode()
    assert image_of(body, 'application/json; charset=utf-8') == DATA


@pytest.mark.parametrize('body', [
    b'', b'{', b'3', b'[]', b'{}', b'{"image": 3}', b'{"image": "a?"}',
    b'{"image": null}', b'\xff', b'[' * 100000, '{"image": "ä"}'.encode()
])
def test_bad_json(body):
    with pytest.raises(UserError, match='no JSON of the form {"image"'):
        image_of(body, 'application/json')


def test_bad_forms():
    good, kind = encode_multipart_formdata([('picture', 'x')])
    nested, _ = encode_multipart_formdata([('image', ('a', b'x',
                                                      'message/rfc822'))])
    for body, content_type in ((good, kind), (good, 'multipart/form-data'),
                               (b'', kind), (DATA, kind),
                               (nested, 'multipart/form-data; boundary=ä')):
        with pytest.raises(UserError, match="no field 'image'"):
            image_of(body, content_type)


def test_nothing():
    for kind in ('', 'image/png'):
        with pytest.raises(UserError, match='holds no image'):
            image_of(b'', kind)
    with pytest.raises(UserError, match='holds no image'):
        image_of(b'{"image": ""}', 'application/json')


def test_many_pixels():
    """A small file of a large image."""
    file = io.BytesIO()
    Image.new('1', (20000, 20000)).save(file, 'png')
    assert len(file.getvalue()) < 1e6
    with pytest.raises(UserError, match='more pixels than 178,956,970'):
        image_of(file.getvalue())
