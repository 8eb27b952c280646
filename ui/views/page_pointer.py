"""The mouse on the pages: selecting text by dragging, words and lines by clicks, entities by a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar

from assistant.types import Mention, PageText, Span
from ui.views.page_texts import caret_at, is_on_text, line_at, word_at

if TYPE_CHECKING:
    from ui.views.page_view import PageView

_AUTOSCROLL_MS = 30
_WHEEL_ZOOM = 1.15
LINE_STEP = 48
"""Logical pixels that an arrow key scrolls."""


class Spots(Protocol):
    """Places on pages (points) that can be clicked: links, notes."""

    @property
    def over_mentions(self) -> bool:
        """Whether a click is for these rather than for an entity at the same place."""
        ...

    def holds(self, page: int, x: float, y: float) -> bool: ...

    def click(self, page: int, x: float, y: float, place: QPoint) -> None:
        """``place`` is on the screen."""
        ...

    def tip(self, page: int, x: float, y: float) -> str: ...


class PagePointer(QObject):
    """Turns mouse events of a page view into its selection and its signals."""

    pressed = Signal()
    released = Signal()
    """The left button, and what follows from it for the selection was done."""

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self.grip: Callable[[QMouseEvent], bool] | None = None
        """Sees the events of the mouse first, and says whether they were for it: the ends of a mark."""
        self.spots: list[Spots] = []
        self._pressed: QPointF | None = None
        self._dragging = False
        self._anchor: Span | None = None
        self._unit = "character"
        self._last = QPointF()
        self._clicks = 0
        self._click_position = QPointF()
        self._click_timer = QTimer(self, singleShot=True)
        self._click_timer.timeout.connect(self._forget_clicks)
        self._scroll_timer = QTimer(self, interval=_AUTOSCROLL_MS)
        self._scroll_timer.timeout.connect(self._autoscroll)

    def handle(self, event: QEvent) -> bool:
        """True if this object has dealt with the event (a mouse event or a pinch)."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._view.set_zoom(self._view.zoom * (1 + event.value()), event.position())
            return True
        if not isinstance(event, QMouseEvent):
            return False
        if self.grip is not None and self.grip(event):
            return True
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return self._press(event)
        if kind == QEvent.Type.MouseMove:
            return self._move(event)
        if kind == QEvent.Type.MouseButtonRelease:
            return self._release(event)
        return False

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom with Ctrl, scroll by pixels where the device gives them; False leaves the event to Qt."""
        view = self._view
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            if steps:
                view.set_zoom(view.zoom * _WHEEL_ZOOM**steps, event.position())
            event.accept()
            return True
        view.forget_jump()
        pixels = event.pixelDelta()
        if pixels.isNull():
            return False
        for bar, delta in ((view.verticalScrollBar(), pixels.y()), (view.horizontalScrollBar(), pixels.x())):
            bar.setValue(bar.value() - delta)
        event.accept()
        return True

    def select(self, span: Span | None) -> None:
        """Make ``span`` the selection."""
        if self._view.layers.selection != span:
            self._view.layers.selection = span
            self._view.selection_changed.emit()
            self._view.refresh()

    def mention_at(self, position: QPointF) -> Mention | None:
        """The entity mention under a point of the viewport."""
        found = self.text_at(position)
        if found is None:
            return None
        page, text, x, y = found
        return self._view.layers.mention_at(page, text, x, y)

    # --- events ----------------------------------------------------------------------------------------------

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self.pressed.emit()
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        position = event.position()
        near = (position - self._click_position).manhattanLength() < QApplication.startDragDistance()
        self._clicks = self._clicks % 3 + 1 if self._click_timer.isActive() and near else 1
        self._click_position = position
        self._click_timer.start(QApplication.doubleClickInterval())
        self._unit = ("character", "word", "line")[self._clicks - 1]
        self._pressed = self._last = position
        self._dragging = False
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        selection = self._view.layers.selection
        if extend and selection is not None:
            self._anchor = Span(selection.start, selection.start)
            self._dragging = True
            self._drag_to(position)
            return True
        self._anchor = self._unit_at(position)
        if self._unit != "character":
            self.select(self._anchor)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        position = event.position()
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(position)
            return True
        far = (position - self._pressed).manhattanLength() >= QApplication.startDragDistance() / 2
        if self._dragging or far:
            self._dragging = True
            self._last = position
            self._drag_to(position)
            inside = self._view.viewport().rect().contains(position.toPoint())
            if inside:
                self._scroll_timer.stop()
            elif not self._scroll_timer.isActive():
                self._scroll_timer.start()
        return True

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return False
        self._scroll_timer.stop()
        self._pressed = None
        if not self._dragging and self._clicks == 1:
            self.select(None)
            mention = self.mention_at(event.position())
            spots, place = self._spots_at(event.position()), event.globalPosition().toPoint()
            if spots is not None and (mention is None or spots.over_mentions):
                spot = self._view.spot_at(event.position())
                spots.click(spot.page, spot.x, spot.y, place)
            elif mention is not None:
                self._view.mention_clicked.emit(mention, place)
        self._dragging = False
        self.released.emit()
        return True

    def _spots_at(self, position: QPointF) -> Spots | None:
        if not self._view.geometry_of_pages.count:
            return None
        spot = self._view.spot_at(position)
        return next((spots for spots in self.spots if spots.holds(spot.page, spot.x, spot.y)), None)

    def _hover(self, position: QPointF) -> None:
        found = self.text_at(position)
        shape = Qt.CursorShape.ArrowCursor
        spots, tip = self._spots_at(position), ""
        if spots is not None:
            shape = Qt.CursorShape.PointingHandCursor
            spot = self._view.spot_at(position)
            tip = spots.tip(spot.page, spot.x, spot.y)
        elif found is not None:
            page, text, x, y = found
            if self._view.layers.mention_at(page, text, x, y) is not None:
                shape = Qt.CursorShape.PointingHandCursor
            elif is_on_text(text, x, y):
                shape = Qt.CursorShape.IBeamCursor
        self._view.viewport().setCursor(shape)
        self._view.viewport().setToolTip(tip)

    def _autoscroll(self) -> None:
        view = self._view.viewport().rect()
        bar = self._view.verticalScrollBar()
        above, below = view.top() - self._last.y(), self._last.y() - view.bottom()
        bar.setValue(bar.value() + round(max(below, 0.0) / 2 - max(above, 0.0) / 2))
        self._drag_to(self._last)

    def _forget_clicks(self) -> None:
        self._clicks = 0

    # --- text ------------------------------------------------------------------------------------------------

    def _drag_to(self, position: QPointF) -> None:
        there = self._unit_at(position)
        if there is None:
            return
        if self._anchor is None:
            self._anchor = there
        self.select(Span(min(self._anchor.start, there.start), max(self._anchor.end, there.end)))

    def _unit_at(self, position: QPointF) -> Span | None:
        """The caret place, the word or the line at a point of the viewport, by the kind of click."""
        found = self.text_at(position)
        document = self._view.document
        if found is None or document is None:
            return None
        _, text, x, y = found
        caret = caret_at(text, x, y)
        if caret is None:
            return None
        if self._unit == "character":
            return Span(caret, caret)
        glyph = text.offset_at(x, y, nearest=True)
        offset = min(caret if glyph is None else glyph, max(len(document.text) - 1, 0))
        if self._unit == "word":
            return word_at(document.text, offset)
        return line_at(text, offset) or Span(caret, caret)

    def text_at(self, position: QPointF) -> tuple[int, PageText, float, float] | None:
        """The page under a point of the viewport, its glyphs, and the point on it in points; None without glyphs."""
        if self._view.document is None or self._view.texts is None or not self._view.geometry_of_pages.count:
            return None
        spot = self._view.spot_at(position)
        text = self._view.texts.get(spot.page)
        return None if text is None else (spot.page, text, spot.x, spot.y)


def key_target(event: QKeyEvent, bar: QScrollBar) -> int | None:
    """Where a key scrolls the bar to; None for keys that do not scroll."""
    if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
        return None
    key = Qt.Key
    page = max(bar.pageStep() - LINE_STEP, LINE_STEP)
    return {
        key.Key_Down: bar.value() + LINE_STEP,
        key.Key_Up: bar.value() - LINE_STEP,
        key.Key_PageDown: bar.value() + page,
        key.Key_Space: bar.value() + page,
        key.Key_PageUp: bar.value() - page,
        key.Key_Home: 0,
        key.Key_End: bar.maximum(),
    }.get(key(event.key()))
