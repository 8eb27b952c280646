"""The document process: one thread, all of MuPDF and the parsers, requests in by one pipe and results out by another.

Started by ``process.py``; talks on standard input and output and ends when its input does. Requests (``op``): ``open``,
``step``, ``sizes``, ``outline``, ``close``, ``lines``, ``paragraphs``, ``language``, ``glyphs``, ``render``, ``first``
(a render of the first page whose scale depends on its size).
Nothing here survives a restart: every result can be made again from the file.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
import time
from array import array
from collections.abc import Callable
from multiprocessing import resource_tracker, shared_memory
from pathlib import Path
from typing import Any, BinaryIO

from assistant.documents import wire
from assistant.documents.bidi import has_rtl, in_reading_order, rearranged
from assistant.documents.extra_lines import added, boxes
from assistant.documents.grids import fill, grids
from assistant.documents.legible import is_junk
from assistant.documents.lines import Line, margin_rows, parse
from assistant.documents.opened import LETTER, Fit, check_file
from assistant.documents.paragraphs import Paragraph, paragraphs
from assistant.errors import DocumentError, PasswordRequired
from assistant.types import BlockKind

Reply = tuple[wire.Header, bytes]


def main() -> None:
    """Serve until the other side closes the pipe."""
    requests, replies = _private_streams()
    # Loaded before the first request, so that opening a document does not pay for it.
    from assistant.documents import mupdf, registry

    mupdf.warm_up()
    server = Server(replies, mupdf, registry)
    # Lines and paragraphs are made by the hundred thousand and hold no cycles: look for some seldom.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    wire.write(replies, {"ready": True, "pid": os.getpid()})
    while True:
        try:
            header, _ = wire.read(requests)
        except EOFError:
            break
        try:
            server.answer(header)
        except OSError:
            break
    # Without the interpreter's shutdown: it would free every page of every document one by one.
    os._exit(0)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes under new descriptors: a library that prints must not talk into the protocol."""
    requests = os.fdopen(os.dup(0), "rb", buffering=65_536)
    replies = os.fdopen(os.dup(1), "wb", buffering=65_536)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(requests.fileno(), os.O_BINARY)
        msvcrt.setmode(replies.fileno(), os.O_BINARY)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    return requests, replies


class Server:
    """Answers one request at a time."""

    def __init__(self, replies: BinaryIO, mupdf: Any, registry: Any) -> None:
        self._replies = replies
        self._mupdf = mupdf
        self._registry = registry
        self._options = mupdf.text_options()
        self._vector_options = mupdf.vector_options()
        self._sources: dict[int, Any] = {}
        self._formats: dict[int, str] = {}
        # Between the two passes of a reading job; what is missing is read again.
        self._parsed: dict[tuple[int, int], tuple[list[Line], int, list[Paragraph]] | None] = {}
        self._segment: shared_memory.SharedMemory | None = None
        self._operations: dict[str, Callable[[wire.Header], Reply]] = {
            "open": self._open,
            "step": self._step,
            "sizes": self._sizes,
            "outline": self._outline,
            "close": self._close,
            "lines": self._lines,
            "paragraphs": self._paragraphs,
            "language": self._language,
            "glyphs": self._glyphs,
            "render": self._render,
            "first": self._first,
        }

    def answer(self, header: wire.Header) -> None:
        """Raises OSError when the pipe is gone."""
        # Works without the interpreter's lock: even a loop inside MuPDF ends, also when the parent is dead.
        faulthandler.dump_traceback_later(float(header["limit"]) + 5, exit=True)
        try:
            reply, blob = self._operations[header["op"]](header)
        except DocumentError as error:
            kind = "password" if isinstance(error, PasswordRequired) else "document"
            reply, blob = {"error": error.code, "params": dict(error.params), "kind": kind}, b""
        except MemoryError:
            reply, blob = {"error": "memory", "params": {}, "kind": "failure"}, b""
        except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes is an answer, not an end
            reply, blob = {"error": "failed", "params": {"what": type(error).__name__}, "kind": "failure"}, b""
        finally:
            faulthandler.cancel_dump_traceback_later()
        reply["id"] = header["id"]
        wire.write(self._replies, reply, blob)

    def _at(self, page: int) -> None:
        """Tell which page is next: its time is measured from here, and if it kills the process it is known."""
        wire.write(self._replies, {"at": page})

    def _open(self, header: wire.Header) -> Reply:
        path = Path(header["path"])
        document = int(header["document"])
        # Before a byte is read: reading a pipe would wait for ever.
        check_file(path)
        spec = self._registry.detect(path)
        source = self._registry.loader(spec)(path, header["password"])
        self._sources[document] = source
        self._formats[document] = spec.name
        return self._step(header)

    def _step(self, header: wire.Header) -> Reply:
        document = int(header["document"])
        source = self._sources[document]
        if not source.step():
            done, total = source.progress()
            return {"ready": False, "done": done, "total": total}, b""
        return {
            "ready": True,
            "format": self._formats[document],
            "kind": source.kind,
            "title": source.title(),
            "pages": source.count(),
            "size": source.size(0),
        }, b""

    def _sizes(self, header: wire.Header) -> Reply:
        """Sizes of the pages from ``from`` on, as many as fit into ``seconds`` and at least one; (0, 0) for those that
        are damaged."""
        _, source = self._find(header)
        until = time.monotonic() + float(header["seconds"])
        sizes = array("f")
        for page in range(int(header["from"]), source.count()):
            sizes.extend(source.size(page) or (0.0, 0.0))
            if time.monotonic() >= until:
                break
        return {}, sizes.tobytes()

    def _outline(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        headings = [[h.level, h.page, h.y0, h.y1, h.title] for h in source.headings()]
        notices: list[Any] = list(source.notices()) if source.kind == "layer" else []
        return {"outline": list(source.outline()), "headings": headings, "notices": notices}, b""

    def _close(self, header: wire.Header) -> Reply:
        document = int(header["document"])
        source = self._sources.pop(document, None)
        self._forget(document)
        if source is not None:
            source.close()
        return {}, b""

    def _forget(self, document: int) -> None:
        for key in [key for key in self._parsed if key[0] == document]:
            del self._parsed[key]

    def _lines(self, header: wire.Header) -> Reply:
        """Candidates for running heads of pages ``from`` .. ``to``: as many as fit into ``seconds``, at least one."""
        document, source = self._find(header)
        until = time.monotonic() + float(header["seconds"])
        heights = header["heights"]
        found: list[Any] = []
        for page in range(int(header["from"]), int(header["to"])):
            self._at(page)
            parsed = self._parse(document, source, page)
            if parsed is None:
                found.append(None)
            else:
                found.append(margin_rows(parsed[0], heights[page - int(header["from"])]))
            if time.monotonic() >= until:
                break
        return {"rows": found}, b""

    def _parse(self, document: int, source: Any, page: int) -> tuple[list[Line], int, list[Paragraph]] | None:
        """The page's lines, number of glyphs, and comments; None for a page that MuPDF cannot read."""
        key = document, page
        if key not in self._parsed:
            try:
                text_page = source.text_page(page, self._options)
                lines, glyphs = parse(self._mupdf.lines_json(text_page))
                if has_rtl(lines):
                    lines, _ = in_reading_order(lines, self._mupdf.glyph_boxes(text_page)[0])
                notes: list[Paragraph] = []
                if extras := self._extras(source, page):
                    lines, notes, glyphs = added(lines, glyphs, extras)
                self._parsed[key] = lines, glyphs, notes
            except (self._mupdf.Error, ValueError, KeyError, TypeError):
                self._parsed[key] = None
        return self._parsed[key]

    def _paragraphs(self, header: wire.Header) -> Reply:
        """Paragraphs of pages ``from`` .. ``to``; ``running`` has the running lines of each page."""
        document, source = self._find(header)
        until = time.monotonic() + float(header["seconds"])
        running = header["running"]
        found: list[Any] = []
        for page in range(int(header["from"]), int(header["to"])):
            if (document, page) not in self._parsed:
                self._at(page)
            parsed = self._parse(document, source, page)
            if parsed is None:
                found.append(None)
            else:
                lines, glyphs, notes = parsed
                kinds = {int(index): kind for index, kind in running.get(str(page), {}).items()}
                written = paragraphs(lines, kinds)
                if any(paragraph.kind == "table_row" for paragraph in written):
                    written = self._ruled(source, page, lines, kinds) or written
                found.append([glyphs, written + notes, _needs_ocr(source, page, lines)])
            self._parsed.pop((document, page), None)
            if time.monotonic() >= until:
                break
        return {"pages": found}, b""

    def _ruled(self, source: Any, page: int, lines: list[Line], kinds: dict[int, BlockKind]) -> list[Paragraph] | None:
        """The page's paragraphs with tables by the lines that are drawn; None where there are no such tables."""
        found = grids(self._mupdf.vectors(source.text_page(page, self._vector_options)))
        if not found:
            return None
        body = [line for line in lines if line.number not in kinds]
        tables, outside = fill(found, body, lambda: self._boxes(source, page)[0])
        if not tables:
            return None
        return paragraphs(outside + [line for line in lines if line.number in kinds], kinds, tables)

    def _boxes(self, source: Any, page: int) -> tuple[array[float], array[int]]:
        """Of all glyphs of a page, in the order of its text."""
        text_page = source.text_page(page, self._options)
        corners, levels = self._mupdf.glyph_boxes(text_page)
        lines, _ = parse(self._mupdf.lines_json(text_page))
        if has_rtl(lines):
            corners, levels = rearranged(corners, levels, *in_reading_order(lines, corners))
        if extras := self._extras(source, page):
            more = boxes(extras)
            corners, levels = corners + more[0], levels + more[1]
        return corners, levels

    @staticmethod
    def _extras(source: Any, page: int) -> Any:
        return source.extras(page) if source.kind == "layer" else ()

    def _language(self, header: wire.Header) -> Reply:
        """Here, because loading the classifier would hold the window's interpreter for some tenths of a second."""
        from assistant.documents.segment import detect_language

        return {"language": detect_language(header["text"])}, b""

    def _glyphs(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        corners, levels = self._boxes(source, int(header["page"]))
        return {"glyphs": len(levels)}, corners.tobytes() + levels.tobytes()

    def _render(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        pixmap = self._mupdf.render(source.display_list(int(header["page"])), float(header["scale"]), header["clip"])
        view = self._mupdf.pixels(pixmap)
        width, height = self._mupdf.size(pixmap)
        size = len(view)
        if size > int(header["capacity"]):
            return {"size": size}, b""
        buffer = self._attach(header["segment"])
        buffer[:size] = view
        return {"width": width, "height": height, "size": size, "scale": header["scale"]}, b""

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
            self._segment = _open_segment(name)
        view = self._segment.buf
        if view is None:
            raise OSError("the shared memory is closed")
        return view

    def _find(self, header: wire.Header) -> tuple[int, Any]:
        document = int(header["document"])
        return document, self._sources[document]


def _needs_ocr(source: Any, page: int, lines: list[Line]) -> bool:
    """Whether the page shows something that its text layer does not say."""
    if source.kind != "layer":
        return False
    return is_junk(lines) if lines else not source.is_blank(page)


def _open_segment(name: str) -> shared_memory.SharedMemory:
    """Attach to the parent's segment. It belongs to the parent, so this process must not track it: before Python 3.13
    an attached segment was registered as if it were this process's own, and removed when this process ended."""
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name, track=False)
    register = resource_tracker.register
    resource_tracker.register = lambda *_: None
    try:
        return shared_memory.SharedMemory(name)
    finally:
        resource_tracker.register = register
