"""Highlights, notes and bookmarks on a page: how they are painted, and which one is at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from assistant.types import Mark, PageText, Span
from ui.theme import Theme
from ui.views.label_marks import ToView

_NOTE = 11.0
"""Points that the sign of a note is wide."""
_RIBBON = (10.0, 18.0)
_MARGIN = 14.0
Fill = Callable[[QPainter, QPainterPath, QColor, Theme], None]


def mark_token(mark: Mark) -> str:
    return f"mark_{mark.color}"


class MarkLayer:
    """The marks of one document, by page."""

    def __init__(self) -> None:
        self._by_page: dict[int, list[Mark]] = {}
        self._widths: Sequence[float] = ()
        self._placed: dict[tuple[int, str], list[QRectF]] = {}
        self.current: str = ""
        """The id of the one that is looked at."""

    def set_marks(self, marks: Iterable[Mark], pages_of: Callable[[Span], range], widths: Sequence[float]) -> None:
        """``pages_of`` gives the pages that a span touches, ``widths`` those of all pages in points."""
        by_page: dict[int, list[Mark]] = {}
        for mark in marks:
            if mark.lost:
                continue
            pages = pages_of(mark.anchor.span) if mark.on_text and mark.anchor is not None else (mark.page,)
            for page in pages:
                by_page.setdefault(page, []).append(mark)
        self._by_page, self._widths = by_page, widths
        self._placed.clear()

    def clear(self) -> None:
        self._by_page = {}
        self._placed.clear()

    def forget_page(self, page: int) -> None:
        """The page's text came anew."""
        self._placed = {key: rects for key, rects in self._placed.items() if key[0] != page}

    def copy(self) -> MarkLayer:
        """As it is now, for another thread; none is the current one."""
        made = MarkLayer()
        made._by_page, made._widths = dict(self._by_page), self._widths
        return made

    def at(self, page: int, text: PageText | None, x: float, y: float) -> Mark | None:
        """The mark under a point of the page, the smallest first."""
        found: list[tuple[float, Mark]] = []
        for mark in self._by_page.get(page, ()):
            areas = [sign] if (sign := self._sign(mark, page, text)) is not None else []
            if mark.on_text and text is not None and mark.anchor is not None:
                areas += self._rects(mark, mark.anchor.span, page, text)
            if any(area.contains(x, y) for area in areas):
                found.append((sum(area.width() * area.height() for area in areas), mark))
        return min(found, key=lambda each: each[0])[1] if found else None

    def paint(self, painter: QPainter, page: int, text: PageText, theme: Theme, to_view: ToView, fill: Fill) -> None:
        """Below everything else that is painted on the page."""
        for mark in self._by_page.get(page, ()):
            color = theme.color(mark_token(mark))
            if mark.on_text and mark.anchor is not None:
                rects = [to_view(rect) for rect in self._rects(mark, mark.anchor.span, page, text)]
                if mark.kind == "highlight":
                    path = QPainterPath()
                    for rect in rects:
                        path.addRoundedRect(rect, 2, 2)
                    fill(painter, path, theme.color(mark_token(mark), theme.tokens.mark_opacity), theme)
                else:
                    width = theme.sizes.underline + 0.5
                    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                    # Below the line of an entity at the same place.
                    down = QPointF(0, theme.sizes.underline)
                    painter.drawLines([QLineF(rect.bottomLeft() + down, rect.bottomRight() + down) for rect in rects])
                if mark.id == self.current:
                    painter.setPen(QPen(color, 1.5))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    for rect in rects:
                        painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), 3, 3)
            sign = self._sign(mark, page, text)
            if sign is None:
                continue
            area = to_view(sign)
            painter.setPen(QPen(theme.color("accent" if mark.id == self.current else "paper"), 1))
            painter.setBrush(color)
            if mark.kind == "bookmark":
                painter.setBrush(theme.color("accent"))
                notch = QPointF(area.center().x(), area.bottom() - area.width() * 0.35)
                corners = [area.topLeft(), area.topRight(), area.bottomRight(), notch, area.bottomLeft()]
                painter.drawPolygon(QPolygonF(corners))
            else:
                painter.drawRoundedRect(area, area.width() / 5, area.width() / 5)
                painter.setPen(QPen(theme.color("paper" if theme.is_dark else "ink", 0.75), max(area.width() / 11, 1)))
                for share in (0.35, 0.62):
                    y = area.top() + area.height() * share
                    inset = area.width() * 0.24
                    painter.drawLine(QLineF(area.left() + inset, y, area.right() - inset, y))

    def _sign(self, mark: Mark, page: int, text: PageText | None) -> QRectF | None:
        """Where the sign of a note or bookmark stands on the page, in points."""
        width = self._widths[page - 1] if 0 < page <= len(self._widths) else 595.0
        if mark.kind == "bookmark":
            return QRectF(width - _MARGIN - _RIBBON[0], 0.0, *_RIBBON)
        if mark.kind == "note":
            return QRectF(_MARGIN, max(mark.y, 4.0), _NOTE, _NOTE)
        if not mark.note or text is None or mark.anchor is None:
            return None
        rects = self._rects(mark, mark.anchor.span, page, text)
        if not rects or mark.anchor.span.end > int(text.ends[-1]) + 1:
            return None
        # Beside the words, where the page has room for it.
        left = min(rects[-1].right() + 1.0, width - _NOTE)
        return QRectF(left, rects[-1].top() - _NOTE * 0.55, _NOTE, _NOTE)

    def _rects(self, mark: Mark, span: Span, page: int, text: PageText) -> list[QRectF]:
        """Its lines on the page, in points. Kept: each frame and each move of the pointer asks for them."""
        rects = self._placed.get((page, mark.id))
        if rects is None:
            rects = self._placed[page, mark.id] = _rects(text, span)
        return rects


def _rects(text: PageText, span: Span) -> list[QRectF]:
    found = []
    for quad in text.quads(span):
        x0, y0, x1, y1 = quad.bounds
        found.append(QRectF(x0, y0, x1 - x0, y1 - y0))
    return found
