"""Pictures inside HTML, looked at before MuPDF decodes them: a few bytes may stand for gigabytes of pixels."""

from __future__ import annotations

import base64
import binascii
import io

from assistant.documents.limits import FLOW_PICTURE_PIXELS, FLOW_PICTURES_MB, MEGABYTE

_FORMATS = ("PNG", "JPEG", "GIF", "BMP")


class Pictures:
    """The pictures of one document, with a budget for all of them."""

    def __init__(self) -> None:
        self._left = FLOW_PICTURES_MB * MEGABYTE

    def accept(self, source: str) -> bool:
        """Whether the picture of a ``data:`` address is one that can be drawn, and of a size that one may have."""
        if len(source) > self._left:
            return False
        try:
            data = base64.b64decode(source.partition(",")[2])
        except (binascii.Error, ValueError):
            return False
        if pixels(data) is None:
            return False
        self._left -= len(source)
        return True


def pixels(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture that MuPDF can draw; None for anything else, and for one of too many pixels."""
    from PIL import Image

    try:
        # Reads the header alone.
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, OverflowError):
        return None
    return (width, height) if 0 < width * height <= FLOW_PICTURE_PIXELS else None


def data_address(data: bytes) -> str | None:
    """The ``data:`` address of a picture for HTML; None for one that would not be drawn."""
    if pixels(data) is None:
        return None
    kind = "png" if data.startswith(b"\x89PNG") else "gif" if data.startswith(b"GIF") else ""
    kind = kind or ("bmp" if data.startswith(b"BM") else "jpeg")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
