"""A document with what its reader left in it, as an annotated PDF. Blocks; a job's work.

The PDF is written by the document process into its own folder; here it is copied beside the target, flushed to the
disk, and takes the target's place in one step: who looks sees the old file or the new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.documents.opened import file_hash
from assistant.documents.process import ChildFailure
from assistant.errors import DocumentError, UsageError
from assistant.jobs import JobContext, Progress
from assistant.labelling.whole_files import write_bytes
from assistant.types import Document, Mark, Mention, PageText, Span

if TYPE_CHECKING:
    from assistant.documents.host import DocumentHost, OpenDocument

_COLORS = {
    "yellow": (1.0, 0.83, 0.2),
    "green": (0.45, 0.82, 0.52),
    "blue": (0.45, 0.72, 0.98),
    "pink": (0.97, 0.55, 0.68),
    "purple": (0.75, 0.6, 0.97),
}
_ENTITY = (0.35, 0.45, 0.6)
_NOTE_SIZE = 18.0
_AUTHOR = "Docent"
_STEP_SECONDS = 0.2
_POLL_SECONDS = 0.05
_CHUNK = 1 << 20


def annotated_pdf(
    host: DocumentHost,
    opened: OpenDocument,
    document: Document,
    marks: Sequence[Mark],
    mentions: Sequence[Mention],
    target: Path,
    ctx: JobContext,
    *,
    replace_source: bool = False,
) -> None:
    """Write ``document`` with ``marks`` (bookmarks and lost ones left out) and ``mentions`` to ``target``.

    Raises ``UsageError("export_over_source")`` unless ``replace_source``, ``DocumentError``, ``UserError`` where the
    target cannot be written, or Cancelled; the target is then as it was.
    """
    if not replace_source and _is_same(target, opened.path):
        raise UsageError("export_over_source", path=str(target))
    if opened.format == "pdf" and file_hash(opened.path, ctx) != document.sha256:
        # It is copied as it is now: what is marked would be other words.
        raise DocumentError("document_changed", path=str(opened.path))
    by_page: dict[int, list[tuple[str, Span | None, dict[str, Any]]]] = defaultdict(list)
    for mark in marks:
        if mark.lost or mark.kind == "bookmark":
            continue
        body = {"color": _COLORS[mark.color], "text": mark.note, "author": _AUTHOR, "time": mark.time}
        if mark.kind == "note":
            by_page[mark.page].append(("note", None, {**body, "boxes": [_note_box(mark)]}))
        elif mark.anchor is not None:
            for page in _pages(document, mark.anchor.span):
                by_page[page].append((mark.kind, mark.anchor.span, body))
    for mention in mentions:
        text = mention.label.replace("_", " ").capitalize()
        body = {"color": _ENTITY, "text": text, "author": _AUTHOR, "time": 0.0}
        for page in _pages(document, mention.span):
            by_page[page].append(("underline", mention.span, body))

    def ask(op: str, **more: object) -> dict[str, Any]:
        ctx.check()
        return host.ask(opened, {"op": op, "path": str(opened.path), **more}, ctx)

    try:
        ask("copy_begin")
        done = total = 0
        while done < total or not total:
            reply = ask("copy_pages", seconds=_STEP_SECONDS)
            done, total = int(reply["done"]), int(reply["total"])
            ctx.report(Progress("export", done, total + len(by_page)))
            if not total:
                break
        for number, page in enumerate(sorted(by_page), 1):
            annotations = _placed(by_page[page], partial(_text, host, opened, page, ctx))
            if annotations:
                ask("copy_annotate", page=page - 1, annotations=annotations)
            ctx.report(Progress("export", total + number, total + len(by_page)))
        written = Path(str(ask("copy_save")["file"]))
        _put(written, target)
    except ChildFailure:
        raise DocumentError("export_failed", path=str(opened.path)) from None
    finally:
        host.tell(opened, {"op": "copy_drop", "path": str(opened.path)})


def _put(written: Path, target: Path) -> None:
    with written.open("rb") as source:
        write_bytes(target, iter(partial(source.read, _CHUNK), b""), make_folder=False)


def _placed(
    items: Sequence[tuple[str, Span | None, dict[str, Any]]], text: Callable[[], PageText]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    glyphs = text() if any(span is not None for _, span, _ in items) else None
    for kind, span, body in items:
        boxes = body.get("boxes") or []
        if span is not None and glyphs is not None:
            boxes = [list(quad.bounds) for quad in glyphs.quads(span)]
        if boxes:
            found.append({**body, "kind": kind, "boxes": boxes})
    return found


def _text(host: DocumentHost, opened: OpenDocument, page: int, ctx: JobContext) -> PageText:
    future = host.page_text(opened, page, 2)
    while True:
        ctx.check()
        try:
            return future.result(timeout=_POLL_SECONDS)
        except FutureTimeout:
            if future.done():
                return future.result()


def _pages(document: Document, span: Span) -> range:
    return range(document.page_at(span.start), document.page_at(max(span.end - 1, span.start)) + 1)


def _note_box(mark: Mark) -> list[float]:
    top = max(mark.y, 4.0)
    return [14.0, top, 14.0 + _NOTE_SIZE, top + _NOTE_SIZE]


def _is_same(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return target.absolute() == source.absolute()
