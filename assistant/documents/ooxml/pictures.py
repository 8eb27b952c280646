"""Pictures of office documents as data in the HTML, within a budget of pixels and bytes. None is ever fetched."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from assistant.documents.flow_parts import picture_head, picture_tag
from assistant.documents.limits import MEGABYTE, PICTURE_MB, PICTURE_PIXELS, PICTURES_MB
from assistant.documents.markup import escape
from assistant.documents.ooxml.package import Package

_EMU = 12_700
"""English metric units in a point."""
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
        return picture_tag(data, kind, across, down, width / _EMU if width > 0 else None, share)

    def _load(self, part: str) -> tuple[bytes, str, int, int] | None:
        data = self._package.data(part, PICTURE_MB)
        head = picture_head(data) if data is not None else None
        if data is None or head is None:
            return None
        kind, across, down = head
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
