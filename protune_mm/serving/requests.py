"""The image in a request."""
import base64
import io
import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, AsyncIterable, Optional

from PIL import Image

from protune_mm.errors import UserError

JSON_FORM = ('The request is no JSON of the form {"image": "<base64>"}: send '
             'that, or the file itself as the body.')


class TooLarge(UserError):
    """A request over the limit."""


async def read_body(chunks: AsyncIterable[bytes], limit: int,
                    announced: Optional[str]) -> bytes:
    """Read a body, but no more than a limit.

    Args:
        chunks (AsyncIterable[bytes]): What arrives.
        limit (int): The largest number of bytes.
        announced (str, optional): The ``Content-Length``, which may be a lie.

    Returns:
        bytes: The body.

    Raises:
        TooLarge: As soon as it is known to be over the limit.
    """
    refusal = TooLarge(f'The request is larger than {limit / 2**20:g} MB: '
                       'send a smaller image.')
    if announced and announced.isdigit() and int(announced) > limit:
        raise refusal
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise refusal
    return bytes(body)


def _of_json(body: bytes) -> bytes:
    try:
        image: Any = json.loads(body)['image']
        return base64.b64decode(image, validate=True)
    except (IndexError, KeyError, RecursionError, TypeError, ValueError):
        raise UserError(JSON_FORM) from None


def _of_form(body: bytes, content_type: str) -> bytes:
    head = f'Content-Type: {content_type}\r\n\r\n'.encode('latin-1')
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in form.iter_parts() if form.is_multipart() else ():
        if part.get_param('name', header='content-disposition') == 'image':
            image = part.get_payload(decode=True)
            if image is not None:
                return image
    raise UserError("The form has no field 'image': send the file in it, as "
                    'curl -F image=@photo.jpg does.')


def image_of(body: bytes, content_type: str = '') -> bytes:
    """Find the image in a request.

    Args:
        body (bytes): Of the request.
        content_type (str): Its header. Default: ''. A form and JSON are told
            by it; anything else is an image, whatever it says: curl calls
            all that it sends a form.

    Returns:
        bytes: The file.

    Raises:
        UserError: If there is none, or its pixels are too many.
    """
    kind = content_type.split(';')[0].strip().lower()
    if kind == 'application/json':
        image = _of_json(body)
    elif kind == 'multipart/form-data':
        image = _of_form(body, content_type)
    else:
        image = body
    if not image:
        raise UserError('The request holds no image: send a file as its body.')
    try:  # reads the head only
        Image.open(io.BytesIO(image)).close()
    except Image.DecompressionBombError:
        raise UserError(
            'The image has more pixels than '
            f'{2 * Image.MAX_IMAGE_PIXELS:,}: send a smaller one.') from None
    except Exception:  # the task's own loader may know the format
        pass
    return image
