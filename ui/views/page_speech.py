"""The text of the pages for screen readers: the page that the reader is on, its selection and its caret.

Qt asks for it only where assistive technology is active.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleTextCursorEvent, QAccessibleTextInterface
from PySide6.QtWidgets import QAccessibleWidget, QApplication

from assistant.types import Span
from ui.views.page_texts import caret_at, caret_box
from ui.views.page_view import PageView

_INSTALLED = "docent_page_speech"


def install(app: QApplication) -> None:
    """Make pages readable for assistive technology. May be called again. Main thread."""
    if not app.property(_INSTALLED):
        app.setProperty(_INSTALLED, True)
        QAccessible.installFactory(_interface)


def _interface(_: str, thing: QObject) -> QAccessibleInterface | None:
    return PageAccessible(thing) if isinstance(thing, PageView) else None


class PageAccessible(QAccessibleWidget):
    """A document whose text is the page that the reader is on."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view, QAccessible.Role.Document)
        # Kept here: Qt is given its address only.
        self._spoken = PageSpeech(view)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        if kind == QAccessible.InterfaceType.TextInterface:
            return self._spoken
        return super().interface_cast(kind)


class PageSpeech(QAccessibleTextInterface):
    """Offsets are UTF-16 units from the page's start, as everywhere in Qt."""

    def __init__(self, view: PageView) -> None:
        super().__init__()
        self._view = view
        view.refreshed.connect(self._tell_caret)
        self._told = -1

    def characterCount(self) -> int:
        return _units(self._text())

    def text(self, start: int, end: int) -> str:
        text = self._text()
        return text[_points(text, start) : _points(text, end)]

    def cursorPosition(self) -> int:
        caret = self._view.layers.caret
        return self._unit(caret if caret is not None else self._span().start)

    def setCursorPosition(self, position: int) -> None:
        self._view.pointer.select(None)
        self._view.caret.set_active(active=True)
        self._view.caret.put(self._offset(position))

    def selectionCount(self) -> int:
        return int(self._selected() is not None)

    def selection(self, index: int) -> tuple[int, int]:
        selected = self._selected() if index == 0 else None
        return (self._unit(selected.start), self._unit(selected.end)) if selected is not None else (0, 0)

    def setSelection(self, _index: int, start: int, end: int) -> None:
        low, high = sorted((self._offset(start), self._offset(end)))
        self._view.pointer.select(Span(low, high) if high > low else None)

    def addSelection(self, start: int, end: int) -> None:
        # One at a time is selected on pages.
        self.setSelection(0, start, end)

    def removeSelection(self, _index: int) -> None:
        self._view.pointer.select(None)

    def characterRect(self, position: int) -> QRect:
        view, offset = self._view, self._offset(position)
        glyphs = view.texts.get(view.page) if view.texts is not None else None
        first = caret_box(glyphs, offset) if glyphs is not None else None
        if first is None:
            return QRect()
        last = caret_box(glyphs, offset + 1) if glyphs is not None else None
        if last is not None and abs(last.y() - first.y()) < first.height() / 2 and last.x() > first.x():
            first.setRight(last.x())
        turned = view.geometry_of_pages.turn(view.page, first)
        scale, corner = view.geometry_of_pages.scale, view.page_rect(view.page).topLeft()
        box = QRectF(turned.topLeft() * scale + corner, turned.size() * scale).toAlignedRect()
        return QRect(view.viewport().mapToGlobal(box.topLeft()), box.size())

    def offsetAtPoint(self, point: QPoint) -> int:
        view = self._view
        found = view.pointer.text_at(view.viewport().mapFromGlobal(point).toPointF())
        if found is None or found[0] != view.page:
            return -1
        place = caret_at(*found[1:])
        return self._unit(place) if place is not None else -1

    def scrollToSubstring(self, start: int, end: int) -> None:
        self._view.show_span(Span(self._offset(start), self._offset(max(start, end))), record=False)

    def attributes(self, _offset: int) -> tuple[str, int, int]:
        return "", 0, self.characterCount()

    # --- the page ----------------------------------------------------------------------------------------------

    def _span(self) -> Span:
        document, page = self._view.document, self._view.page
        return document.pages[page - 1].span if document is not None and page else Span(0, 0)

    def _text(self) -> str:
        document = self._view.document
        return self._span().of(document.text) if document is not None else ""

    def _unit(self, offset: int) -> int:
        """A code point of the document as a place on the page."""
        span = self._span()
        return _units(self._text()[: min(max(offset - span.start, 0), len(span))])

    def _offset(self, unit: int) -> int:
        return self._span().start + _points(self._text(), unit)

    def _selected(self) -> Span | None:
        selection, span = self._view.layers.selection, self._span()
        if selection is None or selection.end <= span.start or selection.start >= span.end:
            return None
        return Span(max(selection.start, span.start), min(selection.end, span.end))

    def _tell_caret(self) -> None:
        caret = self._view.layers.caret
        if caret is not None and caret != self._told and QAccessible.isActive():
            self._told = caret
            QAccessible.updateAccessibility(QAccessibleTextCursorEvent(self._view, self.cursorPosition()))


def _units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _points(text: str, units: int) -> int:
    """Code points in the first ``units`` UTF-16 units."""
    if text.isascii() or _units(text) == len(text):
        return min(max(units, 0), len(text))
    return len(text.encode("utf-16-le")[: 2 * max(units, 0)].decode("utf-16-le", "ignore"))
