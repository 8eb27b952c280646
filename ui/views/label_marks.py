"""What labelling adds to a page: the bar beside an important sentence, the two ends of a mark that can be dragged."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from assistant.types import PageText, Span
from ui.theme import Theme

ToView = Callable[[QRectF], QRectF]
_BAR_DISTANCE = 7.0
"""Points from the text's left edge."""


def edges(text: PageText, span: Span, to_view: ToView) -> tuple[QLineF | None, QLineF | None]:
    """The upright lines at the span's first and last glyph on this page, in the view; None on another page."""
    quads = text.quads(span)
    if not quads:
        return None, None
    first = to_view(QRectF(*_sides(quads[0].bounds)))
    last = to_view(QRectF(*_sides(quads[-1].bounds)))
    begins = len(text.offsets) > 0 and int(text.offsets[0]) <= span.start
    ends = len(text.ends) > 0 and span.end <= int(text.ends[-1])
    return (
        QLineF(first.topLeft(), first.bottomLeft()) if begins else None,
        QLineF(last.topRight(), last.bottomRight()) if ends else None,
    )


def paint_handles(painter: QPainter, text: PageText, span: Span, theme: Theme, to_view: ToView) -> None:
    """A line with a knob at either end: above at the start, below at the end."""
    start, end = edges(text, span, to_view)
    accent = theme.color("accent")
    radius = theme.sizes.grid
    for line, top in ((start, True), (end, False)):
        if line is None:
            continue
        painter.setPen(QPen(accent, theme.sizes.underline, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(line)
        knob = line.p1() - QPointF(0, radius) if top else line.p2() + QPointF(0, radius)
        painter.setPen(QPen(theme.color("paper"), 1))
        painter.setBrush(accent)
        painter.drawEllipse(knob, radius, radius)


def paint_bar(painter: QPainter, text: PageText, span: Span, theme: Theme, to_view: ToView) -> None:
    """A bar at the left of the lines that the span touches."""
    rects = [QRectF(*_sides(quad.bounds)) for quad in text.quads(span)]
    if not rects:
        return
    left = min(rect.left() for rect in rects)
    top, bottom = min(rect.top() for rect in rects), max(rect.bottom() for rect in rects)
    bar = to_view(QRectF(left - _BAR_DISTANCE, top, 1.0, bottom - top))
    width = theme.sizes.underline + 1
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent"))
    painter.drawRoundedRect(QRectF(bar.left(), bar.top(), width, bar.height()), width / 2, width / 2)


def _sides(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = bounds
    return x0, y0, x1 - x0, y1 - y0
