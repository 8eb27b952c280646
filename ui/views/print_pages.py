"""Printing pages, one after the other, on the thread of a job: each is drawn by the document process, then let go."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from assistant.errors import DocumentError, UsageError, UserError
from assistant.jobs import JobContext, Progress
from assistant.types import PageText
from ui.views.page_images import to_qt

if TYPE_CHECKING:
    from ui.views.page_view import PageSource

T = TypeVar("T")
_DPI = 300
"""What pages are drawn at, at most: more is not seen on paper and costs memory with its square."""
_MOST_PIXELS = 16_000_000
"""Of one page in memory: A4 at 300 dpi has nine million. Larger sheets are drawn more coarsely."""
_POLL_SECONDS = 0.05

PaintMarks = Callable[[QPainter, int, PageText, float], None]
"""(painter, page, its glyphs, pixels per point): paints what the reader left on a page. Any thread."""


@dataclass(frozen=True, slots=True)
class PrintRequest:
    pages: tuple[int, ...]
    printer: str
    """Its name; empty for a PDF file at ``target``."""
    target: Path | None = None
    copies: int = 1
    gray: bool = False


def print_pages(
    source: PageSource, path: Path, request: PrintRequest, marks: PaintMarks | None, ctx: JobContext
) -> None:
    """``path`` is the document's own file. Blocks. Raises ``UserError("print_failed")``,
    ``UsageError("export_over_source")`` or Cancelled; a file at the target is then as it was."""
    if request.target is not None:
        _refuse_source(request.target, path)
    with _output(request) as printer:
        _prepare(printer, source, request.pages[0], request)
        painter = QPainter()
        if not painter.begin(printer):
            raise UserError("print_failed", why=request.printer or "PDF")
        try:
            for number, page in enumerate(request.pages):
                ctx.report(Progress("print", number, len(request.pages)))
                if number:
                    _prepare(printer, source, page, request)
                    if not printer.newPage():
                        raise UserError("print_failed", why=request.printer or "PDF")
                _print_page(source, printer, painter, page, marks, ctx)
        except BaseException:
            printer.abort()
            painter.end()
            raise
        painter.end()
    ctx.report(Progress("print", len(request.pages), len(request.pages)))


def _print_page(
    source: PageSource,
    printer: QPrinter,
    painter: QPainter,
    page: int,
    marks: PaintMarks | None,
    ctx: JobContext,
) -> None:
    width, height = source.page_sizes[page - 1]
    area = printer.pageRect(QPrinter.Unit.DevicePixel)
    room = QRectF(0, 0, area.width(), area.height())
    fit = min(room.width() / width, room.height() / height)
    scale = min(fit, _DPI / 72, math.sqrt(_MOST_PIXELS / (width * height)))
    try:
        image = _result(source.render(page, scale, None, 2), ctx)
    except DocumentError:
        # A damaged page is an empty sheet, so that the others keep their order.
        return
    picture = to_qt(image)
    if marks is not None:
        text = _result(source.page_text(page, 2), ctx)
        above = QPainter(picture)
        above.setRenderHint(QPainter.RenderHint.Antialiasing)
        marks(above, page, text, picture.width() / width)
        above.end()
    target = QRectF((room.width() - width * fit) / 2, (room.height() - height * fit) / 2, width * fit, height * fit)
    painter.drawImage(target, picture)


def _prepare(printer: QPrinter, source: PageSource, page: int, request: PrintRequest) -> None:
    """The sheet for a page: of a file as large as the page, of a printer turned as the page is."""
    width, height = source.page_sizes[page - 1]
    if request.target is not None:
        size = QPageSize(QSizeF(min(width, height), max(width, height)), QPageSize.Unit.Point)
        printer.setPageSize(size)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))
    wide = width > height
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait)


@contextlib.contextmanager
def _output(request: PrintRequest) -> Iterator[QPrinter]:
    """A printer; a file takes the target's place when all pages are in it."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    if request.target is None:
        printer.setPrinterName(request.printer)
        printer.setCopyCount(request.copies)
        if request.gray:
            printer.setColorMode(QPrinter.ColorMode.GrayScale)
        if not printer.isValid():
            raise UserError("print_failed", why=request.printer)
        yield printer
        return
    target = request.target
    try:
        handle, name = tempfile.mkstemp(prefix=".docent-", suffix=".part", dir=target.parent)
    except OSError as error:
        raise UserError("cannot_write", path=str(target), why=error.strerror or type(error).__name__) from error
    os.close(handle)
    aside = Path(name)
    try:
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(name)
        printer.setResolution(_DPI)
        if request.gray:
            printer.setColorMode(QPrinter.ColorMode.GrayScale)
        yield printer
        try:
            aside.replace(target)
        except OSError as error:
            raise UserError("cannot_write", path=str(target), why=error.strerror or type(error).__name__) from error
    finally:
        aside.unlink(missing_ok=True)


def _result(future: Future[T], ctx: JobContext) -> T:
    while True:
        try:
            ctx.check()
        except BaseException:
            future.cancel()
            raise
        try:
            return future.result(timeout=_POLL_SECONDS)
        except FutureTimeout:
            if future.done():
                return future.result()


def _refuse_source(target: Path, source: Path) -> None:
    try:
        same = target.samefile(source)
    except OSError:
        same = target.absolute() == source.absolute()
    if same:
        raise UsageError("export_over_source", path=str(target))
