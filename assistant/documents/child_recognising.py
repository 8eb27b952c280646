"""The recognising process: the document process with one more request, the lines on the picture of a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from assistant.documents import wire
from assistant.documents.opened import LETTER
from assistant.documents.recognised import RecognisedPage, joined, on_page, to_message

Reply = tuple[wire.Header, bytes]


class ReadingPictures:
    """Answers ``recognise``. The first request lowers the priority of the process and loads the models.

    :param find: id and source of the document that a request is about.
    """

    def __init__(self, find: Callable[[wire.Header], tuple[int, Any]], mupdf: Any) -> None:
        self._find = find
        self._mupdf = mupdf
        self._recogniser: Any = None

    def operations(self) -> dict[str, Callable[[wire.Header], Reply]]:
        return {"recognise": self._recognise}

    def _recognise(self, header: wire.Header) -> Reply:
        """The lines on the picture of a page."""
        _, source = self._find(header)
        if self._recogniser is None:
            self._recogniser = _recogniser(int(header["threads"]))
        page = int(header["page"])
        size = source.size(page) or LETTER
        shown = source.display_list(page)
        if header["regions"]:
            found = [self._recognised_part(shown, (*box,)) for box in header["regions"]]
            return {"page": to_message(joined(found, size))}, b""
        return {"page": to_message(self._recognised_part(shown, (0.0, 0.0, *size), whole=True))}, b""

    def _recognised_part(self, shown: Any, box: Any, *, whole: bool = False) -> RecognisedPage:
        """What is in ``box`` (points) of a display list, in the box's own coordinates unless it is the whole page."""
        x0, y0, x1, y1 = box
        scale = self._recogniser.scale((x1 - x0, y1 - y0))
        picture = self._mupdf.Picture(shown, scale, None if whole else box)
        found: RecognisedPage = self._recogniser.read(self._mupdf.pixel_array(picture), scale)
        return found if whole else on_page(found, picture.left / scale, picture.top / scale)


def _recogniser(threads: int) -> Any:
    # What the window does goes first.
    if hasattr(os, "nice"):
        os.nice(10)
    else:
        import psutil  # type: ignore[import-untyped,unused-ignore]

        psutil.Process().nice(0x4000)  # BELOW_NORMAL_PRIORITY_CLASS
    from assistant.documents.ocr import Recogniser

    return Recogniser(threads)
