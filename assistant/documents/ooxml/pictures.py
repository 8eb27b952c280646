"""Pictures of office documents as data in the HTML, within a budget of pixels and bytes. None is ever fetched."""

from __future__ import annotations

import base64
import re
from pathlib import PurePosixPath

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.limits import MEGABYTE, PICTURE_MB, PICTURE_PIXELS, PICTURES_MB
from assistant.documents.markup import escape
from assistant.documents.ooxml.package import Package

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_EMU = 12_700
"""English metric units in a point."""
_WIDEST, _HIGHEST = 460.0, 600.0
"""Points of a page that a picture may take."""
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp|pdf)", re.IGNORECASE)
_MADE_UP = re.compile(
    r"(?:picture|image|grafik|bild|图片|圖片|图像|object|shape|graphic|diagram|chart)\s*\d*", re.IGNORECASE
)
_MACHINE = re.compile(
    r"\n*\s*(?:Description automatically generated.*|AI-generated content may be incorrect\.?)", re.DOTALL
)


class Pictures:
    """The pictures of one document."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._left = PICTURES_MB * MEGABYTE
        self._known: dict[str, tuple[bytes, str, int, int] | None] = {}
        self.omitted = 0
        """Pictures that are left out because of a limit."""

    def tag(self, part: str | None, width: float = 0.0, *, share: float = 1.0) -> str:
        """``<img>`` of a part, or "" for none that can be shown. ``width`` in EMU, 0 where it is not known; ``share``
        of the page's width that a picture of unknown width may take."""
        if part is None:
            return ""
        if part not in self._known:
            self._known[part] = self._load(part)
        found = self._known[part]
        if found is None:
            return ""
        data, kind, across, down = found
        if self._left < len(data):
            self.omitted += 1
            return ""
        self._left -= len(data)
        # Without a size they are drawn as screens do, at 96 dots per inch.
        points = width / _EMU if width > 0 else across * 0.75
        points = max(4.0, min(points, _WIDEST * share, _HIGHEST * across / down))
        encoded = base64.b64encode(data).decode("ascii")
        return f'<img src="data:image/{kind};base64,{encoded}" style="width:{points:.0f}pt">'

    def _load(self, part: str) -> tuple[bytes, str, int, int] | None:
        data = self._package.data(part, PICTURE_MB)
        kind = next((kind for start, kind in _KINDS if data is not None and data.startswith(start)), None)
        if data is None or kind is None:
            return None
        try:
            # Reads the head, not the pixels.
            image = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(data))
            across, down = int(image.w()), int(image.h())
        except (mu.Error, RuntimeError):
            return None
        if across <= 0 or down <= 0:
            return None
        if across * down > PICTURE_PIXELS:
            self.omitted += 1
            return None
        return data, kind, across, down


def described(text: str | None) -> str:
    """What an author says about a picture, as HTML; "" for what programs put there by themselves."""
    words = _MACHINE.sub("", text or "").strip()
    name = PurePosixPath(words.replace("\\", "/")).name
    if not words or _FILE_NAME.fullmatch(name) or _MADE_UP.fullmatch(words) or "://" in words:
        return ""
    return escape(" ".join(words.split())[:1000])
