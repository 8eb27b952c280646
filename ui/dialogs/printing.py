"""What is printed, where, and how it will look: one page at a time, drawn by the document process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget

from assistant.types import PageImage, PageText
from ui.i18n import count, tr
from ui.jobs import Dispatcher
from ui.models.page_ranges import page_range
from ui.views.page_images import to_qt
from ui.views.print_pages import PaintMarks
from ui.views.widgets import ChoiceField, FlowText, IconButton, Look, TickBox, label

Draw = Callable[[int, float], Future[PageImage]]
_PREVIEW = (360, 440)
_PDF = ""


class PrintDialog(QDialog):
    """``accepted`` when the user wants it; the properties say what. Show it with :meth:`open`."""

    def __init__(
        self,
        look: Look,
        sizes: Sequence[tuple[float, float]],
        page: int,
        draw: Draw,
        dispatcher: Dispatcher,
        *,
        marks: PaintMarks | None,
        text: Callable[[int], Future[PageText]],
        parent: QWidget | None = None,
    ) -> None:
        """``sizes`` of all pages in points; ``page`` is the one that the reader is on; ``draw`` gives a page at a
        scale (pixels per point), ``text`` its glyphs, on which ``marks`` paints; None where there are no marks."""
        super().__init__(parent)
        lengths = look.sizes
        self._sizes = sizes
        self._here = page
        self._draw = draw
        self._paint = marks
        self._text = text
        self._dispatcher = dispatcher
        self._shown = 0
        self.setWindowTitle(tr("Print"))
        self.setModal(True)
        self.preview = _Preview(look)
        self.previous = IconButton(look, "back", tr("Previous page"), small=True)
        self.next = IconButton(look, "forward", tr("Next page"), small=True)
        self.position = label(role="secondary")
        self.previous.clicked.connect(lambda: self._show(self._shown - 1))
        self.next.clicked.connect(lambda: self._show(self._shown + 1))
        self.printer = ChoiceField(look, tr("Printer"))
        self.printer.addItem(tr("PDF file"), _PDF)
        self.printer.currentIndexChanged.connect(self._changed)
        self.which = ChoiceField(look, tr("Pages"))
        for key, title in (("all", tr("All pages")), ("here", tr("This page")), ("range", tr("These pages"))):
            self.which.addItem(title, key)
        self.which.currentIndexChanged.connect(self._changed)
        self.range = QLineEdit()
        self.range.setPlaceholderText(tr("For example 1-3, 7"))
        self.range.setAccessibleName(tr("Pages to print"))
        self.range.textChanged.connect(self._changed)
        self.copies = QSpinBox()
        self.copies.setRange(1, 999)
        self.copies.setAccessibleName(tr("Copies"))
        self.marks = TickBox(look, tr("With highlights and notes"))
        self.marks.setChecked(marks is not None)
        self.marks.setEnabled(marks is not None)
        self.marks.toggled.connect(lambda: self._show(self._shown))
        self.gray = TickBox(look, tr("In shades of grey"))
        self.problem = FlowText(look, "", color="bad")
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.print_button = QPushButton(tr("Print"))
        self.print_button.setProperty("kind", "primary")
        self.print_button.setDefault(True)
        self.print_button.clicked.connect(self.accept)
        left = QVBoxLayout()
        turn = QHBoxLayout()
        turn.addStretch(1)
        for each in (self.previous, self.position, self.next):
            turn.addWidget(each)
        turn.addStretch(1)
        left.addWidget(self.preview)
        left.addLayout(turn)
        right = QVBoxLayout()
        right.setSpacing(lengths.gap)
        right.addWidget(label(tr("Print"), "heading"))
        self._copies_title = label(tr("Copies"), "secondary")
        for caption, field in (
            (label(tr("Printer"), "secondary"), self.printer),
            (label(tr("Pages"), "secondary"), self.which),
            (None, self.range),
            (self._copies_title, self.copies),
        ):
            if caption is not None:
                right.addSpacing(lengths.grid)
                right.addWidget(caption)
            right.addWidget(field)
        right.addSpacing(lengths.gap)
        right.addWidget(self.marks)
        right.addWidget(self.gray)
        right.addWidget(self.problem)
        right.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(lengths.gap)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.print_button)
        right.addLayout(foot)
        row = QHBoxLayout(self)
        pad = lengths.pad_dialog
        row.setContentsMargins(pad, pad, pad, pad)
        row.setSpacing(pad)
        row.addLayout(left)
        side = QWidget()
        side.setLayout(right)
        right.setContentsMargins(0, 0, 0, 0)
        side.setFixedWidth(lengths.field)
        row.addWidget(side)
        self.printer.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def set_printers(self, names: Sequence[str], default: str) -> None:
        """They are asked for on another thread: a network printer may take its time."""
        for name in names:
            self.printer.addItem(name, name)
        if default in names:
            self.printer.setCurrentIndex(self.printer.findData(default))

    @property
    def pages(self) -> list[int]:
        """Empty where what was typed makes no sense."""
        which = self.which.currentData()
        if which == "here":
            return [self._here]
        wanted = page_range(self.range.text() if which == "range" else "", len(self._sizes))
        return wanted or []

    @property
    def printer_name(self) -> str:
        """Empty for a PDF file."""
        return str(self.printer.currentData() or "")

    def _changed(self) -> None:
        is_file = not self.printer_name
        self.range.setVisible(self.which.currentData() == "range")
        self._copies_title.setVisible(not is_file)
        self.copies.setVisible(not is_file)
        pages = self.pages
        wrong = not pages
        self.problem.set_text(
            tr("Write pages from 1 to {last}, such as 1-3, 7.", last=len(self._sizes)) if wrong else ""
        )
        self.problem.setVisible(wrong)
        self.print_button.setEnabled(not wrong)
        if is_file:
            self.print_button.setText(tr("Save as…"))
        else:
            self.print_button.setText(count(len(pages), "Print {n} page", "Print {n} pages"))
        self._show(min(self._shown, max(len(pages) - 1, 0)))

    def _show(self, number: int) -> None:
        pages = self.pages
        if not pages:
            return
        self._shown = number = min(max(number, 0), len(pages) - 1)
        page = pages[number]
        self.position.setText(tr("Page {page} of {pages}", page=page, pages=len(self._sizes)))
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number < len(pages) - 1)
        width, height = self._sizes[page - 1]
        ratio = self.devicePixelRatioF()
        scale = min(_PREVIEW[0] / width, _PREVIEW[1] / height) * ratio
        self.preview.set_page(page, (width, height))
        self._dispatcher.when_done(self._draw(page, scale), self._on_drawn, page)

    def _on_drawn(self, future: Future[PageImage], page: int) -> None:
        if not future.cancelled() and future.exception() is None:
            self.preview.set_picture(page, future.result())
            if self._paint is not None and self.marks.isChecked():
                self._dispatcher.when_done(self._text(page), self._on_text, page)

    def _on_text(self, future: Future[PageText], page: int) -> None:
        if self._paint is not None and not future.cancelled() and future.exception() is None:
            self.preview.paint_marks(page, self._paint, future.result())


class _Preview(QWidget):
    """A sheet of paper, white in any theme."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._page = 0
        self._size = (595.0, 842.0)
        self._picture: QImage | None = None
        self.setFixedSize(QSize(_PREVIEW[0], _PREVIEW[1]))

    @property
    def is_drawn(self) -> bool:
        return self._picture is not None

    def set_page(self, page: int, size: tuple[float, float]) -> None:
        if page != self._page:
            self._picture = None
        self._page, self._size = page, size
        self.setAccessibleName(tr("Page {page}", page=page))
        self.update()

    def set_picture(self, page: int, image: PageImage) -> None:
        if page == self._page:
            self._picture = to_qt(image).copy()
            self.update()

    def paint_marks(self, page: int, paint: PaintMarks, text: PageText) -> None:
        if page == self._page and self._picture is not None:
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint(painter, page, text, self._picture.width() / self._size[0])
            painter.end()
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        width, height = self._size
        scale = min((self.width() - 2) / width, (self.height() - 2) / height)
        paper = QRectF(0, 0, width * scale, height * scale)
        paper.moveCenter(QRectF(self.rect()).center())
        painter.fillRect(paper.adjusted(-1, -1, 1, 1), self._look.color("border"))
        painter.fillRect(paper, Qt.GlobalColor.white)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(paper, self._picture)
