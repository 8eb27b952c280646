"""What the document process draws: pages, or parts of them, into the memory that it shares with the window process."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from multiprocessing import shared_memory
from typing import Any

from assistant.documents import wire
from assistant.documents.opened import LETTER, Fit
from assistant.documents.segments import attach

Reply = tuple[wire.Header, bytes]


class Drawing:
    """Answers ``render``, ``first`` (a render of the first page whose scale depends on its size), ``pictures`` and
    ``warm``. Used on the one thread of the document process.

    :param find: id and source of the document that a request is about.
    """

    def __init__(self, find: Callable[[wire.Header], tuple[int, Any]], mupdf: Any) -> None:
        self._find = find
        self._mupdf = mupdf
        self._segment: shared_memory.SharedMemory | None = None

    def operations(self) -> dict[str, Callable[[wire.Header], Reply]]:
        return {"pictures": self._pictures, "render": self._render, "first": self._first, "warm": self._warm}

    def _pictures(self, header: wire.Header) -> Reply:
        """Where pictures are on a page, for those who show it in other colours."""
        from assistant.documents.pdf_pictures import shown

        _, source = self._find(header)
        page = int(header["page"])
        return {"boxes": shown(source.display_list(page), source.size(page) or LETTER)}, b""

    def _render(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        picture = self._mupdf.Picture(source.display_list(int(header["page"])), float(header["scale"]), header["clip"])
        if picture.bytes > int(header["capacity"]):
            return {"size": picture.bytes}, b""
        picture.draw(self._attach(header["segment"]))
        found = {"width": picture.width, "height": picture.height, "size": picture.bytes, "scale": header["scale"]}
        return found, b""

    def _warm(self, header: wire.Header) -> Reply:
        """Let the system find the memory that the first picture will be drawn into."""
        view = self._attach(header["segment"])
        zeros = bytes(65_536)
        for at in range(0, int(header["touch"]), len(zeros)):
            view[at : at + len(zeros)] = zeros
        return {}, b""

    def _first(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        size = array("f", source.size(0) or LETTER)
        scale = Fit(*header["fit"]).scale((size[0], size[1]))
        if scale is None:
            return {"size": 0}, b""
        return self._render({**header, "page": 0, "scale": scale, "clip": None})

    def _attach(self, name: str) -> memoryview:
        if self._segment is None or self._segment.name != name:
            if self._segment is not None:
                self._segment.close()
            self._segment = attach(name)
        view = self._segment.buf
        if view is None:
            raise OSError("the shared memory is closed")
        return view
