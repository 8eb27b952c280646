"""Blocks that panels are made of: card, row that is a button, thin bar, progress in words, designed states."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QMargins, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from assistant.jobs import Progress
from ui.i18n import number_text, seconds_text, stage_name, tr
from ui.theme import set_property
from ui.views.widgets.controls import IconPicture, label
from ui.views.widgets.look import Look


class Card(QFrame):
    """A framed block with the card's padding; ``body`` is its column. A dashed one holds what is not a finding."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._dashed = False
        self.setProperty("role", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.body = QVBoxLayout(self)
        pad = look.sizes.pad
        self.body.setContentsMargins(pad, pad, pad, pad)
        self.body.setSpacing(look.sizes.grid)

    @property
    def dashed(self) -> bool:
        return self._dashed

    def set_dashed(self, dashed: bool) -> None:
        if dashed == self._dashed:
            return
        self._dashed = dashed
        # The style sheet's frame insets the content by its line; without it the margins do.
        line = self._look.sizes.separator if dashed else -self._look.sizes.separator
        margins = self.body.contentsMargins()
        self.body.setContentsMargins(margins + QMargins(line, line, line, line))
        # Qt's style sheets draw dashes one pixel long; these are painted here.
        set_property(self, "role", "" if dashed else "card")

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._dashed:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._look.color("border"), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        radius = self._look.sizes.radius_card
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class PopupCard(QFrame):
    """A card in a window of its own, with a frame and a soft shadow around it.

    It paints both itself: a style sheet leaves a translucent window empty. The shadow lies in the window, around
    the card by :attr:`edge` pixels on each side; :meth:`move_card` places the card and not its shadow.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.NoDropShadowWindowHint)
        self._look = look
        # The corners outside of the round frame show what is behind.
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.edge = look.sizes.gap
        self.setContentsMargins(self.edge, self.edge, self.edge, self.edge)

    def move_card(self, x: int, y: int) -> None:
        """Put the card's top left corner there (global coordinates)."""
        self.move(x - self.edge, y - self.edge)

    def show_beside(self, place: QRect) -> None:
        """Show the card below ``place`` (global coordinates); above it where the screen ends."""
        gap, card = self._look.sizes.gap, self.card_size
        screen = QGuiApplication.screenAt(place.center()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        y = place.bottom() + gap
        if y + card.height() > room.bottom():
            y = place.top() - gap - card.height()
        x = min(place.left(), room.right() - card.width())
        self.move_card(max(room.left(), x), max(room.top(), y))
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def show_under(self, place: QRect) -> None:
        """Show the card under ``place`` (global coordinates), their right edges together; kept on the screen."""
        screen = QGuiApplication.screenAt(place.center()) or QGuiApplication.primaryScreen()
        room, card = screen.availableGeometry(), self.card_size
        x = min(max(room.left(), place.right() - card.width()), room.right() - card.width())
        y = min(place.bottom() + self._look.sizes.grid, room.bottom() - card.height())
        self.move_card(x, max(room.top(), y))
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def card_size(self) -> QSize:
        return self.size() - QSize(2 * self.edge, 2 * self.edge)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._look.sizes.radius_card
        card = QRectF(self.rect()).adjusted(self.edge, self.edge, -self.edge, -self.edge)
        painter.setPen(Qt.PenStyle.NoPen)
        shadow = self._look.color("page_shadow")
        for step in range(self.edge, 0, -1):
            # Rings on each other: darkest at the card, a little lower than it.
            shadow.setAlphaF(0.018)
            painter.setBrush(shadow)
            ring = card.adjusted(-step, -step, step, step).translated(0, 1 if step < self.edge else 0)
            painter.drawRoundedRect(ring, radius + step, radius + step)
        painter.setPen(QPen(self._look.color("border"), 1))
        painter.setBrush(self._look.color("surface"))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class PaintedButton(QAbstractButton):
    """A button that paints itself: it knows whether the mouse is over it, and the keyboard reaches it."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._hovered = False
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()
        super().leaveEvent(event)


class RowButton(PaintedButton):
    """A block of text that is one button: Space, Enter and a click press it. Its content lets the mouse through.

    *Current* rows lie on the soft accent, hovered ones on the sunken colour, focus is an accent outline.
    """

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, name, parent)
        self._current = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def current(self) -> bool:
        return self._current

    def set_current(self, current: bool) -> None:
        if current != self._current:
            self._current = current
            self.setAccessibleDescription(tr("current") if current else "")
            self.update()

    def adopt(self, *widgets: QWidget) -> None:
        """Content never takes the mouse from the row."""
        for widget in widgets:
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self._focus_neighbour(step):
            return
        super().keyPressEvent(event)

    def _focus_neighbour(self, step: int) -> bool:
        parent = self.parentWidget()
        rows = [row for row in parent.findChildren(RowButton) if row.isVisibleTo(parent)] if parent else []
        place = rows.index(self) + step if self in rows else -1
        if not 0 <= place < len(rows):
            return False
        rows[place].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._look.sizes.radius
        painter.setPen(Qt.PenStyle.NoPen)
        if self._current:
            painter.setBrush(self._look.color("accent_soft"))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        elif self._hovered and self.isEnabled():
            painter.setBrush(self._look.color("sunken", 0.6))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._look.color("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class ThinBar(QProgressBar):
    """A slim bar from 0 to 1. Where the end is not known yet it stays empty and the words beside it tell."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._fill = "accent"
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setFixedHeight(look.sizes.progress)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_fraction(0.0)

    def set_fraction(self, fraction: float | None) -> None:
        self.setValue(round(1000 * min(1.0, max(0.0, fraction or 0.0))))

    def set_fill(self, token: str) -> None:
        if token != self._fill:
            self._fill = token
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        radius = box.height() / 2
        painter.setBrush(self._look.color("sunken"))
        painter.drawRoundedRect(box, radius, radius)
        share = self.value() / 1000
        if share > 0:
            painter.setBrush(self._look.color(self._fill))
            # Never narrower than its own round ends.
            painter.drawRoundedRect(QRectF(0, 0, max(box.height(), share * box.width()), box.height()), radius, radius)


def progress_text(progress: Progress | None, seconds: float, title: str = "") -> str:
    """What runs, how far it is and how long it takes: "Finding entities · 12 of 28 · about 9 s left"."""
    parts = [title or (stage_name(progress.stage) if progress is not None else tr("Starting"))]
    fraction = progress.fraction if progress is not None else None
    if progress is not None and progress.total > 1:
        parts.append(tr("{n} of {total}", n=number_text(progress.done), total=number_text(progress.total)))
    if fraction is not None and fraction >= 0.05 and seconds >= 2:
        left = seconds / fraction * (1 - fraction)
        if left >= 1:
            parts.append(tr("about {time} left", time=_rough(left)))
    elif fraction is None and seconds >= 2:
        parts.append(_rough(seconds))
    return " · ".join(parts)


def _rough(seconds: float) -> str:
    if seconds < 60:
        return tr("{seconds} s", seconds=round(seconds))
    if seconds < 3600:
        return tr("{minutes} min", minutes=round(seconds / 60))
    return seconds_text(seconds)


class ProgressRow(QWidget):
    """Words over a thin bar for running work. Hidden until :meth:`set_progress`; None hides it again.

    The words go on counting by the second, so that a long step does not look dead.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress: Progress | None = None
        self._started = time.monotonic()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.sizes.grid)
        self.words = ElidedLabel(role="secondary")
        self.bar = ThinBar(look, tr("Progress"))
        column.addWidget(self.words)
        column.addWidget(self.bar)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show)
        self.hide()

    def set_progress(self, progress: Progress | None) -> None:
        if progress is None:
            self._progress = None
            self._tick.stop()
            self.hide()
            return
        if self._progress is None or self._progress.stage != progress.stage:
            self._started = time.monotonic()
        self._progress = progress
        self._show()
        self._tick.start()
        self.show()

    def _show(self) -> None:
        if self._progress is None:
            return
        self.words.set_text(progress_text(self._progress, time.monotonic() - self._started))
        self.bar.set_fraction(self._progress.fraction)


class ElidedLabel(QLabel):
    """One line that is cut with an ellipsis where it does not fit; the tooltip has it all. Plain text only."""

    def __init__(
        self,
        text: str = "",
        *,
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._full = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self.set_text(text)

    @property
    def full_text(self) -> str:
        return self._full

    def set_text(self, text: str) -> None:
        self._full = " ".join(text.splitlines()).replace("\t", " ")
        self.setAccessibleName(self._full)
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._full) + 2, hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).averageCharWidth() * 4, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._elide()

    def _elide(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._full, self._mode, self.contentsRect().width())
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


class StateView(QWidget):
    """A designed state in place of content: one sentence and, where there is something to do, one action."""

    action = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        sizes = look.sizes
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad * 2, sizes.pad * 2, sizes.pad * 2, sizes.pad * 2)
        column.setSpacing(sizes.pad)
        column.addStretch(2)
        self._picture = IconPicture(look, size=sizes.icon_large)
        self.sentence = label(role="muted")
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.button = QPushButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.action)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_state("", "")

    def show_state(self, icon: str, sentence: str, action: str = "", tip: str = "") -> None:
        """Show ``sentence`` below ``icon`` (a name of :mod:`ui.icons`, or none) with the button ``action``."""
        self._picture.set_name(icon)
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.button.setText(action)
        self.button.setToolTip(tip or action)
        self.button.setAccessibleName(action)
        self.button.setVisible(bool(action))


class Column(QScrollArea):
    """A scrolled column of blocks, as wide as the panel. ``body`` is its layout; a stretch ends it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = QWidget()
        self.content.setProperty("role", "panel")
        self.content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(self.content)
        # A stretch and not AlignTop: an aligned layout gets its hint's height, not that for its true width.
        self.body.addStretch(1)
        self.setWidget(self.content)

    def add(self, widget: QWidget) -> None:
        """Append a block."""
        self.body.insertWidget(self.body.count() - 1, widget)

    def clear(self) -> None:
        """Remove all blocks."""
        while self.body.count() > 1:
            item = self.body.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
