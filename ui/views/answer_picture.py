"""A strip of the page around an answer, as it looks there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from assistant.types import PageImage, PageText, Quad, Span
from ui.i18n import tr
from ui.jobs import Dispatcher
from ui.models.document_pages import DocumentPages
from ui.views.page_images import to_qt
from ui.views.widgets import Look, PaintedButton

_LINES = 4.5
"""Heights of a line that a strip shows, at most."""
_MARGIN = 4.0
"""Points around the words."""
_PRIORITY = 1


class AnswerPicture(PaintedButton):
    """The strip, as wide as it is given room; a click goes to the place. Paper stays white in the dark, as print is."""

    def __init__(self, look: Look, page: int, parent: QWidget | None = None) -> None:
        super().__init__(look, tr("Picture of the place on page {page}", page=page), parent)
        self.setToolTip(tr("Show the answer on page {page}", page=page))
        self._image: QImage | None = None
        self._marks: list[QRectF] = []
        self._ratio = 4.0
        self.setFixedHeight(0)

    @property
    def has_picture(self) -> bool:
        return self._image is not None

    def set_picture(self, image: QImage, marks: list[QRectF]) -> None:
        """``marks`` are the answer's lines, as parts of the picture in [0, 1]."""
        self._image, self._marks = image, marks
        self._ratio = image.width() / max(1, image.height())
        self._fit()
        self.update()
        # All that stands around it makes room before it is painted, or the words above would be cut for a moment.
        around = self.parentWidget()
        while around is not None and not isinstance(around, QAbstractScrollArea):
            QCoreApplication.sendPostedEvents(around, QEvent.Type.LayoutRequest)
            around = around.parentWidget()

    def sizeHint(self) -> QSize:
        return QSize(self._look.sizes.control * 6, self.height())

    def resizeEvent(self, _event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        if self._image is not None:
            self.setFixedHeight(max(1, round(self.width() / self._ratio)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        painter.drawImage(box, self._image)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.theme.answer_fill())
        # Amber over black letters: they stay black.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for mark in self._marks:
            painter.drawRect(
                QRectF(mark.x() * box.width(), mark.y() * box.height(), mark.width() * box.width(),
                       mark.height() * box.height())
            )  # fmt: skip
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = "accent" if self.hasFocus() or self._hovered else "border"
        painter.setPen(QPen(self._look.color(line), 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))


class Strips(QObject):
    """Makes the strips: asks for the page's glyphs, then for the part of the page around them. Main thread only."""

    def __init__(self, dispatcher: Dispatcher, pages: Callable[[], DocumentPages | None], parent: QObject) -> None:
        super().__init__(parent)
        self._dispatcher = dispatcher
        self._pages = pages

    def fill(self, picture: AnswerPicture, page: int, span: Span, scale: float) -> None:
        """Draw the strip around ``span`` into ``picture``, ``scale`` pixels a point; nothing where that fails."""
        source = self._pages()
        if source is not None:
            self._dispatcher.when_done(source.page_text(page, _PRIORITY), self._on_text, picture, page, span, scale)

    def _on_text(self, done: Future[PageText], picture: AnswerPicture, page: int, span: Span, scale: float) -> None:
        source = self._pages()
        if source is None or done.cancelled() or done.exception() is not None:
            return
        quads = done.result().quads(span)
        if not quads:
            return
        width, height = source.page_sizes[page - 1]
        clip = _strip(quads, width, height)
        future = source.render(page, scale, clip, _PRIORITY)
        self._dispatcher.when_done(future, self._on_image, picture, quads, clip)

    def _on_image(
        self,
        done: Future[PageImage],
        picture: AnswerPicture,
        quads: list[Quad],
        clip: tuple[float, float, float, float],
    ) -> None:
        if done.cancelled() or done.exception() is not None:
            return
        made = done.result()
        image = to_qt(made).copy()
        x0, y0, x1, y1 = clip
        marks = []
        for quad in quads:
            left, top, right, bottom = quad.bounds
            marks.append(
                QRectF((left - x0) / (x1 - x0), (top - y0) / (y1 - y0), (right - left) / (x1 - x0),
                       (min(bottom, y1) - top) / (y1 - y0))
            )  # fmt: skip
        try:
            picture.set_picture(image, [mark for mark in marks if mark.y() < 1])
        except RuntimeError:
            # Its card was deleted meanwhile.
            return


def _strip(quads: list[Quad], width: float, height: float) -> tuple[float, float, float, float]:
    """The part of a page to show: the lines of the answer with what stands beside them, as wide as the text needs."""
    boxes = [quad.bounds for quad in quads]
    top = min(box[1] for box in boxes)
    line = max(8.0, boxes[0][3] - boxes[0][1])
    bottom = min(max(box[3] for box in boxes), top + _LINES * line)
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    # Twenty heights of a line are about a sentence: narrower strips would show letters larger than the panel's.
    room = max(0.0, 26 * line - (right - left)) / 2
    x0, x1 = max(0.0, left - room - _MARGIN), min(width, right + room + _MARGIN)
    return x0, max(0.0, top - _MARGIN), x1, min(height, bottom + _MARGIN)
