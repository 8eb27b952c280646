"""The mouse on the pages: selecting text by dragging, words and paragraphs by clicks, entities by a click, moving the
pages with the middle button or while Space is held, zooming by wheel and pinch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from assistant.types import Mention, PageText, Span
from ui.views.page_texts import caret_at, is_on_text, paragraph_at, readable_word_at

if TYPE_CHECKING:
    from ui.views.page_view import PageView

_AUTOSCROLL_MS = 30
_WHEEL_ZOOM = 1.15
_NOTCH = 120
"""Of a wheel, in eighths of a degree."""


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
        self._pan_from: QPointF | None = None
        self._turned = 0.0
        self._scroll_timer = QTimer(self, interval=_AUTOSCROLL_MS)
        self._scroll_timer.timeout.connect(self._autoscroll)

    def handle(self, event: QEvent) -> bool:
        """True if this object has dealt with the event (a mouse event or a pinch)."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._view.set_zoom(self._view.zoom * (1 + event.value()), event.position())
            return True
        if isinstance(event, QGestureEvent):
            return self._pinch(event)
        if not isinstance(event, QMouseEvent):
            return False
        if self._pan(event):
            return True
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
        """Zoom with Ctrl, scroll by pixels where the device gives them, else glide; False leaves the event to Qt."""
        view = self._view
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / _NOTCH
            if steps:
                view.set_zoom(view.zoom * _WHEEL_ZOOM**steps, event.position())
            event.accept()
            return True
        view.forget_jump()
        pixels = event.pixelDelta()
        if self._turns_page(event):
            return True
        if not pixels.isNull():
            view.glide.stop()
            for bar, delta in ((view.verticalScrollBar(), pixels.y()), (view.horizontalScrollBar(), pixels.x())):
                bar.setValue(bar.value() - delta)
            event.accept()
            return True
        down = event.angleDelta().y()
        if not down or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        lines = QApplication.wheelScrollLines()
        low, high = view.scroll_room()
        target = view.glide.target - round(down / _NOTCH * lines * view.verticalScrollBar().singleStep())
        view.glide.to(min(max(target, low), high))
        event.accept()
        return True

    def _turns_page(self, event: QWheelEvent) -> bool:
        """Where one page is shown at a time: the wheel goes on with the next one at the end of a page."""
        view, down = self._view, event.angleDelta().y()
        if not view.is_paged or not down:
            return False
        low, high = view.scroll_room()
        if low < view.glide.target < high or (view.glide.target == low != high and down < 0):
            self._turned = 0.0
            return False
        if view.glide.target == high != low and down > 0:
            self._turned = 0.0
            return False
        # A touch pad gives a notch in many small parts.
        self._turned += down
        if abs(self._turned) >= _NOTCH:
            view.turn_page(-1 if self._turned > 0 else 1, to_end=self._turned > 0)
            self._turned = 0.0
        event.accept()
        return True

    def _pinch(self, event: QGestureEvent) -> bool:
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        view = self._view
        place = view.viewport().mapFromGlobal(pinch.centerPoint())
        if pinch.changeFlags() & QPinchGesture.ChangeFlag.ScaleFactorChanged:
            view.set_zoom(view.zoom * pinch.scaleFactor(), place)
        event.accept(pinch)
        return True

    def _pan(self, event: QMouseEvent) -> bool:
        """Move the pages with the hand: the middle button, or the left one while Space is held."""
        view, kind = self._view, event.type()
        if kind == QEvent.Type.MouseButtonPress and (
            event.button() == Qt.MouseButton.MiddleButton
            or (event.button() == Qt.MouseButton.LeftButton and view.keys.holds_space)
        ):
            view.glide.stop()
            view.keys.use_space()
            self._pan_from = event.position()
            view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return True
        if self._pan_from is None:
            return False
        if kind == QEvent.Type.MouseMove:
            view.forget_jump()
            by = event.position() - self._pan_from
            self._pan_from = event.position()
            for bar, delta in ((view.verticalScrollBar(), by.y()), (view.horizontalScrollBar(), by.x())):
                bar.setValue(bar.value() - round(delta))
            return True
        if kind == QEvent.Type.MouseButtonRelease:
            self._pan_from = None
            self._hover(event.position())
            return True
        return False

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
        self._unit = ("character", "word", "paragraph")[self._clicks - 1]
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
            there = self._unit_at(event.position())
            if there is not None:
                self._view.caret.put(there.start)
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
        shape = Qt.CursorShape.OpenHandCursor if self._view.keys.holds_space else Qt.CursorShape.ArrowCursor
        spots, tip = (None if self._view.keys.holds_space else self._spots_at(position)), ""
        if self._view.keys.holds_space:
            found = None
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
        if tip != self._view.viewport().toolTip():
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
        """The caret place, the word or the paragraph at a point of the viewport, by the kind of click."""
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
            return readable_word_at(document.text, offset)
        return paragraph_at(document, offset)

    def text_at(self, position: QPointF) -> tuple[int, PageText, float, float] | None:
        """The page under a point of the viewport, its glyphs, and the point on it in points; None without glyphs."""
        if self._view.document is None or self._view.texts is None or not self._view.geometry_of_pages.count:
            return None
        spot = self._view.spot_at(position)
        text = self._view.texts.get(spot.page)
        return None if text is None else (spot.page, text, spot.x, spot.y)
