"""The document process: one thread, all of MuPDF and the parsers, requests in by one pipe and results out by another.

Started by ``process.py``; talks on standard input and output and ends when its input does. Requests (``op``): ``open``,
``step``, ``sizes``, ``outline``, ``attachment``, ``close``, ``lines``, ``paragraphs``, ``language``, ``glyphs``,
``render``, ``first`` (a render of the first page whose scale depends on its size), ``warm``, and ``recognise``, which
is sent to a process of its own.
Nothing here survives a restart: every result can be made again from the file.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import time
from array import array
from collections.abc import Callable
from multiprocessing import shared_memory
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from assistant.documents import confine, wire
from assistant.documents.annotated_copy import AnnotatedCopies
from assistant.documents.bidi import has_rtl, in_reading_order, rearranged
from assistant.documents.child_drawing import Drawing
from assistant.documents.child_recognising import ReadingPictures
from assistant.documents.extra_lines import added, boxes
from assistant.documents.grid_text import grid_paragraphs
from assistant.documents.grids import MOST_VECTORS, fill, grids
from assistant.documents.legible import needs_ocr
from assistant.documents.limits import ATTACHMENT_MB, ATTACHMENTS, MEGABYTE
from assistant.documents.lines import Line, margin_rows, parse
from assistant.documents.marks import note
from assistant.documents.mixed import Placed, regions, with_pictures
from assistant.documents.opened import LETTER, check_file
from assistant.documents.paragraphs import Paragraph, paragraphs
from assistant.documents.recognised import layout_lines
from assistant.documents.segments import attach
from assistant.errors import DocumentError, PasswordRequired
from assistant.types import BlockKind

Reply = tuple[wire.Header, bytes]


class _Parsed(NamedTuple):
    """A page between the two passes of reading."""

    lines: list[Line]
    glyphs: int
    """Of its text layer and of what is written beside it."""
    notes: list[Paragraph]
    """Comments."""
    needs_ocr: bool
    """Whether the text layer does not say what the page shows."""
    drawn: str
    """Lines and rectangles; see :func:`mupdf.drawn`."""


def main() -> None:
    """Serve until the other side closes the pipe."""
    requests, replies = _private_streams()
    # Before anything that reads files is there.
    confined = confine.confine(int(os.environ.get("DOCENT_MEMORY_MB", "1000")))
    # Loaded before the first request, so that opening a document does not pay for it.
    from assistant.documents import mupdf, registry

    mupdf.warm_up()
    server = Server(replies, mupdf, registry)
    # Lines and paragraphs are made by the hundred thousand and hold no cycles: look for some seldom.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    wire.write(replies, {"ready": True, "pid": os.getpid(), "confined": confined})
    while True:
        try:
            header, _ = wire.read(requests)
        except EOFError:
            break
        try:
            server.answer(header)
        except OSError:
            break
    confine.end()
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
        self._drawn_options = mupdf.drawn_options()
        self._sources: dict[int, Any] = {}
        self._formats: dict[int, str] = {}
        # Between the two passes of a reading job; what is missing is read again.
        self._parsed: dict[tuple[int, int], _Parsed | None] = {}
        self._marks: shared_memory.SharedMemory | None = None
        self._copies = AnnotatedCopies(self._find)
        self._operations: dict[str, Callable[[wire.Header], Reply]] = {
            "marks": self._take_marks,
            "open": self._open,
            "step": self._step,
            "sizes": self._sizes,
            "outline": self._outline,
            "attachment": self._attachment,
            "close": self._close,
            "lines": self._lines,
            "paragraphs": self._paragraphs,
            "language": self._language,
            "glyphs": self._glyphs,
            **self._copies.operations(),
            **Drawing(self._find, mupdf).operations(),
            **ReadingPictures(self._find, mupdf).operations(),
        }

    def answer(self, header: wire.Header) -> None:
        """Raises OSError when the pipe is gone."""
        _end_after(float(header["limit"]) + 5)
        self._at(-1)
        try:
            reply, blob = self._operations[header["op"]](header)
        except DocumentError as error:
            kind = "password" if isinstance(error, PasswordRequired) else "document"
            reply, blob = {"error": error.code, "params": dict(error.params), "kind": kind}, b""
        except MemoryError:
            reply, blob = {"error": "memory", "params": {}, "kind": "failure"}, b""
        except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes is an answer, not an end
            # Native code says in its own words that it got no memory.
            code = "memory" if "malloc" in str(error) or "bad_alloc" in str(error) else "failed"
            reply, blob = {"error": code, "params": {"what": type(error).__name__}, "kind": "failure"}, b""
        finally:
            _end_after(0)
        reply["id"] = header["id"]
        wire.write(self._replies, reply, blob)

    def _at(self, page: int) -> None:
        """Tell which page is next (-1: none): its time begins here, and if it kills the process it is known."""
        if self._marks is not None:
            note(self._marks, page)

    def _take_marks(self, header: wire.Header) -> Reply:
        self._marks = attach(header["segment"])
        return {}, b""

    def _open(self, header: wire.Header) -> Reply:
        path = Path(header["path"])
        document = int(header["document"])
        # Before a byte is read: reading a pipe would wait for ever.
        check_file(path)
        try:
            spec = self._registry.detect(path)
            source = self._registry.loader(spec, printed=header.get("printed", False))(path, header["password"])
        except DocumentError as error:
            # Parsers below the formats do not know whose text it is.
            raise type(error)(error.code, **{**error.params, "path": str(path)}) from None
        self._sources[document] = source
        # Of what was encrypted it is known only now.
        self._formats[document] = getattr(source, "format", spec.name)
        return self._step(header)

    def _step(self, header: wire.Header) -> Reply:
        document = int(header["document"])
        source = self._sources[document]
        ready = source.step()
        early = source.early() if not ready and hasattr(source, "early") else 0
        done, total = source.progress()
        if not ready and not early:
            return {"ready": False, "done": done, "total": total}, b""
        return {
            "ready": ready,
            "done": done,
            "total": total,
            "format": self._formats[document],
            "kind": source.kind,
            "title": source.title(),
            "pages": early or source.count(),
            "size": source.size(0),
            "notices": list(source.notices()) if hasattr(source, "notices") else [],
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
        found = source.attachments() if hasattr(source, "attachments") else ()
        attachments = [list(each) for each in found[:ATTACHMENTS]]
        notices = [list(each) for each in source.notices()] if hasattr(source, "notices") else []
        labels = list(source.labels()) if hasattr(source, "labels") else []
        rest = {"headings": headings, "attachments": attachments, "notices": notices, "labels": labels}
        return {"outline": list(source.outline()), **rest}, b""

    def _attachment(self, header: wire.Header) -> Reply:
        _, source = self._find(header)
        try:
            data = bytes(source.attachment(int(header["number"])))
        except (AttributeError, IndexError):
            raise DocumentError("attachment_missing", path=header["path"]) from None
        if len(data) > ATTACHMENT_MB * MEGABYTE:
            size = round(len(data) / MEGABYTE)
            raise DocumentError("too_large", path=header["path"], size=size, kind="attachment", limit=ATTACHMENT_MB)
        return {}, data

    def _close(self, header: wire.Header) -> Reply:
        document = int(header["document"])
        source = self._sources.pop(document, None)
        self._forget(document)
        self._copies.close(document)
        if source is not None:
            source.close()
        return {}, b""

    def _forget(self, document: int) -> None:
        for key in [key for key in self._parsed if key[0] == document]:
            del self._parsed[key]

    def _lines(self, header: wire.Header) -> Reply:
        """Candidates for running heads of pages ``from`` .. ``to``: as many as fit into ``seconds``, at least one. And
        which of them have no text layer of use. ``recognised`` has what is known of such pages by now."""
        document, source = self._find(header)
        until = time.monotonic() + float(header["seconds"])
        heights = header["heights"]
        found: list[Any] = []
        pictures: list[int] = []
        mixed: dict[str, list[Placed]] = {}
        recognised = header.get("recognised", {})
        for page in range(int(header["from"]), int(header["to"])):
            self._at(page)
            parsed = self._parse(document, source, page)
            if parsed is None:
                found.append(None)
            else:
                height = heights[page - int(header["from"])]
                if parsed.needs_ocr and not (parsed.glyphs == 0 and self._blank(document, source, page)):
                    pictures.append(page)
                    parsed = _recognised(recognised.get(str(page)), parsed)
                    height = recognised[str(page)][0] if str(page) in recognised else height
                elif not parsed.needs_ocr and (regions := self._regions(source, page, parsed)):
                    mixed[str(page)] = regions
                found.append(margin_rows(parsed.lines, height))
            if time.monotonic() >= until:
                break
        return {"rows": found, "pictures": pictures, "mixed": mixed}, b""

    def _regions(self, source: Any, page: int, parsed: _Parsed) -> list[Placed]:
        """Pictures on a page with a text layer that may have text of their own."""
        try:
            placed = source.pictures(page) if hasattr(source, "pictures") else ()
            return regions(placed, parsed.lines, source.size(page) or LETTER) if placed else []
        except (self._mupdf.Error, RuntimeError):
            # The text that there is is none the worse for it.
            return []

    def _parse(self, document: int, source: Any, page: int) -> _Parsed | None:
        """None for a page that MuPDF cannot read."""
        key = document, page
        if key not in self._parsed:
            try:
                layer = source.kind == "layer"
                known = source.lines(page) if source.kind == "layout" and hasattr(source, "lines") else None
                options = self._drawn_options if layer else self._options
                text_page = source.text_page(page, options) if known is None else None
                data = self._mupdf.lines_json(text_page) if known is None else known
                lines, glyphs = parse(data)
                drawn = self._mupdf.drawn(text_page, MOST_VECTORS, data) if layer else ""
                if layer and has_rtl(lines):
                    lines, _ = in_reading_order(lines, self._mupdf.glyph_boxes(text_page)[0])
                poor = layer and needs_ocr(lines)
                notes: list[Paragraph] = []
                if extras := self._extras(source, page):
                    lines, notes, glyphs = added(lines, glyphs, extras)
                self._parsed[key] = _Parsed(lines, glyphs, notes, poor, drawn)
            except (self._mupdf.Error, ValueError, KeyError, TypeError):
                self._parsed[key] = None
        return self._parsed[key]

    def _blank(self, document: int, source: Any, page: int) -> bool:
        """Whether nothing is drawn on a page."""
        try:
            # A picture would be decoded for this, and shows something in any case.
            return self._formats[document] != "image" and bool(self._mupdf.is_blank(source.display_list(page)))
        except (self._mupdf.Error, DocumentError):
            return False

    def _paragraphs(self, header: wire.Header) -> Reply:
        """Paragraphs of pages ``from`` .. ``to``; ``running`` has the running lines of each page, ``mixed`` what was
        recognised on pictures of pages with a text layer, after where they are."""
        document, source = self._find(header)
        until = time.monotonic() + float(header["seconds"])
        running = header["running"]
        recognised = header.get("recognised", {})
        found: list[Any] = []
        mixed: dict[str, list[Placed]] = {}
        for page in range(int(header["from"]), int(header["to"])):
            if (document, page) not in self._parsed:
                self._at(page)
            parsed = self._parse(document, source, page)
            if parsed is None:
                found.append(None)
            else:
                if str(page) in recognised and parsed.needs_ocr:
                    parsed = _recognised(recognised[str(page)], parsed)
                kinds = {int(index): kind for index, kind in running.get(str(page), {}).items()}
                written = self._written(document, source, page, parsed, kinds, recognised)
                glyphs, shown = parsed.glyphs, 0
                # Those of a PDF were told before, without the ones of its design.
                own = self._regions(source, page, parsed) if source.kind == "layout" else []
                if own:
                    mixed[str(page)] = own
                if str(page) in header.get("mixed", {}):
                    placed, message = header["mixed"][str(page)]
                    placed = own or [Placed(number, tuple(box)) for number, box in placed]
                    written, more, shown = with_pictures(written, parsed.lines, placed, message, glyphs)
                    glyphs += more
                found.append([glyphs, written + parsed.notes, shown])
            self._parsed.pop((document, page), None)
            if time.monotonic() >= until:
                break
        return {"pages": found, "mixed": mixed}, b""

    def _written(
        self, document: int, source: Any, page: int, parsed: _Parsed, kinds: dict[int, BlockKind], known: Any
    ) -> list[Paragraph]:
        """The page's paragraphs; ``known`` has what was recognised of pages."""
        cells = source.cells(page) if hasattr(source, "cells") else None
        if cells is not None:
            return grid_paragraphs(parsed.lines, kinds, cells)
        # Our own layout never hyphenates; lines of plain text are its author's.
        own = source.kind == "layout"
        hyphenated = not own or self._formats[document] == "txt"
        written = paragraphs(parsed.lines, kinds, laid_out=own, hyphenated=hyphenated)
        ruled = parsed.drawn and str(page) not in known and any(item.kind == "table_row" for item in written)
        return (self._ruled(source, page, parsed, kinds) if ruled else None) or written

    def _ruled(self, source: Any, page: int, parsed: _Parsed, kinds: dict[int, BlockKind]) -> list[Paragraph] | None:
        """The page's paragraphs with tables by the lines that are drawn; None where there are no such tables."""
        found = grids(self._mupdf.vectors(parsed.drawn)) if parsed.drawn else []
        if not found:
            return None
        lines = parsed.lines
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
        if source.kind == "layer" and has_rtl(lines):
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

    def _find(self, header: wire.Header) -> tuple[int, Any]:
        document = int(header["document"])
        return document, self._sources[document]


def _recognised(message: Any, parsed: _Parsed) -> _Parsed:
    """What was recognised on a page in the place of its lines; its glyphs come after those of the layer."""
    if message is None:
        return parsed
    lines = layout_lines(message, parsed.glyphs)
    return parsed._replace(lines=lines, glyphs=parsed.glyphs + sum(len(line.text) for line in lines))


def _end_after(seconds: float) -> None:
    """End this process then, unless called again; 0: never. Works without the interpreter's lock: even a loop inside
    MuPDF ends, also when the parent is dead."""
    if sys.platform != "win32":
        # A thread that waits, as below, would have to be started and ended for each request, which takes a millisecond
        # on a busy machine. The signal ends the process, unless the parent of this one had it ignored.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()
