"""The two ends of the current mark on the page, to be dragged to where they should be."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from assistant.types import Span
from ui.models.word_steps import Edge, trimmed
from ui.views.label_marks import edges
from ui.views.page_texts import caret_at
from ui.views.page_view import PageView

_NEAR = 7.0
"""Logical pixels around an end that take hold of it."""


class PageHandles(QObject):
    """Takes the mouse where an end of the mark is; the rest of the page stays the pointer's. Main thread only."""

    moved = Signal(object)
    """:class:`Span`: where the mark was let go; nothing was changed yet but what the page shows as a draft."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self._held: Edge | None = None

    def set_span(self, span: Span | None) -> None:
        """Show the ends of this mark; None shows none."""
        self._held = None
        self._view.layers.handles = span
        self._view.layers.draft = None
        self._view.refresh()

    def edge_lines(self) -> dict[Edge, QLineF]:
        """The ends that are in sight, in the viewport."""
        span, document, texts = self._view.layers.handles, self._view.document, self._view.texts
        found: dict[Edge, QLineF] = {}
        if span is None or document is None or texts is None:
            return found
        for page in self._view.visible_pages():
            text = texts.get(page)
            if text is None:
                continue

            def to_view(points: QRectF, page: int = page) -> QRectF:
                return self._view.rect_in_view(page, points)

            start, end = edges(text, span, to_view)
            if start is not None:
                found["start"] = start
            if end is not None:
                found["end"] = end
        return found

    def handle(self, event: QMouseEvent) -> bool:
        """Whether the event was for an end of the mark."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._held = self._edge_at(event.position())
            return self._held is not None
        if kind == QEvent.Type.MouseMove:
            if self._held is not None:
                self._drag(event.position())
                return True
            if not event.buttons() and self._edge_at(event.position()) is not None:
                self._view.viewport().setCursor(Qt.CursorShape.SizeHorCursor)
                return True
        if kind == QEvent.Type.MouseButtonRelease and self._held is not None:
            self._held = None
            draft = self._view.layers.draft
            if draft is None or draft == self._view.layers.handles:
                self._view.layers.draft = None
                self._view.refresh()
            else:
                # The draft stays on show until the change is on the disk.
                self.moved.emit(draft)
            return True
        return False

    def _edge_at(self, position: QPointF) -> Edge | None:
        nearest: tuple[float, Edge] | None = None
        for edge, line in self.edge_lines().items():
            middle = abs(position.x() - line.x1())
            inside = line.y1() - 2 * _NEAR <= position.y() <= line.y2() + 2 * _NEAR
            if inside and middle <= _NEAR and (nearest is None or middle < nearest[0]):
                nearest = (middle, edge)
        return nearest[1] if nearest is not None else None

    def _drag(self, position: QPointF) -> None:
        found, document = self._view.pointer.text_at(position), self._view.document
        span = self._view.layers.handles
        if found is None or document is None or span is None:
            return
        _, text, x, y = found
        caret = caret_at(text, x, y)
        if caret is None:
            return
        if self._held == "start":
            draft = Span(min(caret, span.end - 1), span.end)
        else:
            draft = Span(span.start, max(caret, span.start + 1))
        draft = trimmed(document.text, draft)
        if len(draft) and draft != self._view.layers.draft:
            self._view.layers.draft = draft
            self._view.refresh()
