"""For readers that make HTML: blocks gathered into parts of a few pages, pictures as data within a budget."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.limits import MEGABYTE, PICTURE_MB, PICTURE_PIXELS, PICTURES_MB

PART = 24_000
"""Characters that are laid out as one Story."""
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_WIDEST, _HIGHEST = 460.0, 600.0
"""Points of a page that a picture may take."""


def parts_of(blocks: Iterable[str]) -> Iterator[str]:
    """Blocks of HTML, each whole in itself, put together into parts."""
    pending: list[str] = []
    size = 0
    for block in blocks:
        pending.append(block)
        # A picture is one short element, however many characters its data have.
        size += min(len(block), 4 * PART) if "data:image" not in block else 800
        if size >= PART:
            yield "".join(pending)
            pending, size = [], 0
    if pending:
        yield "".join(pending)


def picture_head(data: bytes) -> tuple[str, int, int] | None:
    """Kind, width and height in pixels of a picture; of one that MuPDF finds too large, some size over the limit. None
    for what is no picture that can be shown. Reads the head, not the pixels."""
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), None)
    if kind is None:
        return None
    try:
        image = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(data))
        across, down = int(image.w()), int(image.h())
    except mupdf.FzErrorLimit:
        return kind, PICTURE_PIXELS + 1, 1
    except (mu.Error, RuntimeError):
        return None
    return (kind, across, down) if across > 0 and down > 0 else None


def picture_tag(data: bytes, kind: str, across: int, down: int, points: float | None = None, share: float = 1.0) -> str:
    """``<img>`` of a picture, ``points`` wide (None: as screens do, at 96 dots per inch) but no wider than ``share`` of
    the page and no higher than it."""
    points = across * 0.75 if points is None else points
    points = max(4.0, min(points, _WIDEST * share, _HIGHEST * across / down))
    encoded = base64.b64encode(data).decode("ascii")
    return f'<img src="data:image/{kind};base64,{encoded}" style="width:{points:.0f}pt">'


class Pictures:
    """The pictures of one document."""

    def __init__(self) -> None:
        self._left = PICTURES_MB * MEGABYTE
        self.left_out = 0
        """Pictures that are too large."""

    def tag(self, data: bytes) -> str:
        """``<img>`` of a file's bytes, or "" for what cannot be shown."""
        head = picture_head(data)
        if head is None:
            return ""
        kind, across, down = head
        if across * down > PICTURE_PIXELS or len(data) > PICTURE_MB * MEGABYTE or len(data) > self._left:
            self.left_out += 1
            return ""
        self._left -= len(data)
        return picture_tag(data, kind, across, down)

    def notices(self) -> list[tuple[str, dict[str, str | int]]]:
        return [("pictures_left_out", {"count": self.left_out})] if self.left_out else []
