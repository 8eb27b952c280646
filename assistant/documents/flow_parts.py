"""For readers that make HTML: blocks gathered into parts of a few pages, pictures as data within a budget."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from pymupdf import mupdf

from assistant.documents import mupdf as mu
from assistant.documents.limits import IMAGE_MB, IMAGE_PIXELS, IMAGES_MB, MEGABYTE

PART = 24_000
"""Characters that are laid out as one Story."""
_KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"BM", "bmp"))
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


class Pictures:
    """The pictures of one document."""

    def __init__(self) -> None:
        self._left = IMAGES_MB * MEGABYTE
        self.left_out = 0
        """Pictures that are too large."""

    def tag(self, data: bytes) -> str:
        """``<img>`` of a file's bytes, or "" for what cannot be shown."""
        kind = next((kind for start, kind in _KINDS if data.startswith(start)), None)
        if kind is None:
            return ""
        try:
            # Reads the head, not the pixels.
            image = mupdf.fz_new_image_from_buffer(mupdf.fz_new_buffer_from_copied_data(data))
            across, down = int(image.w()), int(image.h())
        except mupdf.FzErrorLimit:
            self.left_out += 1
            return ""
        except (mu.Error, RuntimeError):
            return ""
        if across <= 0 or down <= 0:
            return ""
        if across * down > IMAGE_PIXELS or len(data) > IMAGE_MB * MEGABYTE or len(data) > self._left:
            self.left_out += 1
            return ""
        self._left -= len(data)
        # As screens do, at 96 dots per inch.
        points = max(4.0, min(across * 0.75, _WIDEST, _HIGHEST * across / down))
        encoded = base64.b64encode(data).decode("ascii")
        return f'<img src="data:image/{kind};base64,{encoded}" style="width:{points:.0f}pt">'

    def notices(self) -> list[tuple[str, dict[str, str | int]]]:
        return [("pictures_left_out", {"count": self.left_out})] if self.left_out else []
