"""Small controls: page chip, score, icon button, pill, search field, segmented switch, slider of levels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from ui.i18n import certainty, tr
from ui.theme import FontRole, set_property
from ui.views.widgets.look import Look


def page_text(page: int) -> str:
    """What a page chip says."""
    return tr("p. {page}", page=page)


def score_text(score: float) -> str:
    """A score as people read it: the word and the number."""
    return tr("{word} · {number}", word=certainty(score), number=f"{score:.2f}")


class PageChip(QPushButton):
    """ "p. 4" as a button that goes there: ``clicked``."""

    def __init__(self, page: int, parent: QWidget | None = None) -> None:
        super().__init__(page_text(page), parent)
        self.page = page
        self.setProperty("kind", "chip")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        tip = tr("Go to page {page}", page=page)
        self.setToolTip(tip)
        self.setAccessibleName(tip)


class PageLabel(QWidget):
    """ "p. 4" as part of a row that is itself the button; as high as a line of the text beside it."""

    def __init__(self, look: Look, page: int, role: FontRole = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.text = page_text(page)
        self.setAccessibleName(self.text)
        self.setFixedHeight(look.line_height(role))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._look.font("secondary")).horizontalAdvance(self.text)
        return QSize(width + 3 * self._look.sizes.grid, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color("sunken"))
        radius = self._look.sizes.radius_small
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        painter.drawRoundedRect(box, radius, radius)
        painter.setFont(self._look.font("secondary"))
        painter.setPen(self._look.color("muted"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text)


class ScoreLabel(QLabel):
    """ "certain · 0.94"."""

    def __init__(self, score: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "secondary")
        if score is not None:
            self.set_score(score)

    def set_score(self, score: float) -> None:
        self.setText(score_text(score))
        self.setToolTip(tr("How sure the model is, from 0 to 1. From 0.85 it is certain, from 0.6 likely."))
        self.setAccessibleName(tr("Score: {score}", score=score_text(score)))


class IconButton(QToolButton):
    """An icon with a tooltip; ``small`` ones are 24 pixels wide, others 32."""

    def __init__(
        self,
        look: Look,
        icon: str,
        tip: str,
        *,
        small: bool = False,
        color: str = "text",
        shortcut: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        if small:
            self.setProperty("kind", "small")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_meaning(icon, tip, color=color, shortcut=shortcut)

    def set_meaning(self, icon: str, tip: str, *, color: str = "text", shortcut: str = "") -> None:
        """Give the button another icon and the words that say what it does."""
        self._look.icons.attach(self, icon, color)
        self.setToolTip(f"{tip} ({shortcut})" if shortcut else tip)
        self.setAccessibleName(tip)


class PillButton(QPushButton):
    """A short text in a round frame: suggestions, "2 more". A narrow place elides the text."""

    def __init__(self, text: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = ""
        self.setProperty("kind", "pill")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_text(text, tip)

    @property
    def full_text(self) -> str:
        return self._full

    def set_text(self, text: str, tip: str = "") -> None:
        self._full = text
        self.setText(text)
        self.setToolTip(tip or text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        measure = self.fontMetrics().horizontalAdvance
        return QSize(hint.width() + measure(self._full) - measure(self.text()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._elide()

    def _elide(self) -> None:
        metrics = self.fontMetrics()
        missing = self.sizeHint().width() - self.width()
        room = metrics.horizontalAdvance(self._full) - missing
        shown = metrics.elidedText(self._full, Qt.TextElideMode.ElideRight, max(0, room)) if missing > 0 else self._full
        if shown != self.text():
            self.setText(shown)


class LinkButton(QPushButton):
    """Text in the accent colour that leads elsewhere."""

    def __init__(self, text: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("kind", "link")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(tip or text)
        self.setAccessibleName(text)


class SegmentedSwitch(QFrame):
    """One of a few views: Pages | Outline | Entities. Left and Right go to the neighbour.

    Segments are added with :meth:`add`; :attr:`changed` gives the key of the chosen one, whoever chose it.
    """

    changed = Signal(str)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "segmented")
        self.setAccessibleName(name)
        self.setFixedHeight(look.sizes.control)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 2, 2, 2)
        self._row.setSpacing(0)
        self._group.buttonToggled.connect(self._on_toggled)

    def add(self, key: str, title: str, tip: str = "") -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "segment")
        button.setText(title)
        button.setCheckable(True)
        button.setToolTip(tip or title)
        button.setAccessibleName(title)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setMinimumWidth(1)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.installEventFilter(self)
        self._buttons[key] = button
        self._group.addButton(button)
        self._row.addWidget(button, 1)
        if len(self._buttons) == 1:
            button.setChecked(True)
        return button

    @property
    def current(self) -> str:
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def names(self) -> tuple[str, ...]:
        return tuple(self._buttons)

    def set_current(self, key: str) -> None:
        self._buttons[key].setChecked(True)

    def button(self, key: str) -> QToolButton:
        return self._buttons[key]

    def _on_toggled(self, button: QToolButton, checked: bool) -> None:
        # Tab reaches the chosen segment only, as in a group of radio buttons.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus if checked else Qt.FocusPolicy.NoFocus)
        if checked:
            self.changed.emit(self.current)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if step is not None:
                keys = list(self._buttons)
                target = self._buttons[keys[(keys.index(self.current) + step) % len(keys)]]
                target.setChecked(True)
                target.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)


class LevelSlider(QSlider):
    """A slim slider of a few named steps; a click anywhere goes to the nearest one."""

    def __init__(self, look: Look, name: str, steps: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self._name = name
        self._steps = steps
        self.setRange(0, len(steps) - 1)
        self.setSingleStep(1)
        self.setPageStep(1)
        self.setFixedHeight(look.sizes.chip)
        self.setMinimumWidth(look.sizes.control * 2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.valueChanged.connect(self._say)
        self._say(0)

    def _say(self, value: int) -> None:
        self.setToolTip(tr("{name}: {step} (arrow keys change it)", name=self._name, step=self._steps[value].lower()))
        self.setAccessibleDescription(self._steps[value])

    def _value_at(self, x: float) -> int:
        knob = self.height() / 2
        inner = max(1.0, self.width() - 2 * knob)
        return round(min(1.0, max(0.0, (x - knob) / inner)) * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setValue(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setValue(self._value_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sizes, color = self._look.sizes, self._look.color
        thick = sizes.progress
        middle = self.height() / 2
        knob = float(sizes.grid * 3)
        share = self.value() / self.maximum() if self.maximum() else 0.0
        x = knob / 2 + share * (self.width() - knob)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("sunken"))
        painter.drawRoundedRect(QRectF(0, middle - thick / 2, self.width(), thick), thick / 2, thick / 2)
        painter.setBrush(color("accent"))
        painter.drawRoundedRect(QRectF(0, middle - thick / 2, x, thick), thick / 2, thick / 2)
        if self.hasFocus():
            painter.setBrush(color("accent", 0.25))
            halo = knob + 2 * sizes.grid
            painter.drawEllipse(QRectF(x - halo / 2, middle - halo / 2, halo, halo))
        painter.setBrush(color("surface"))
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(color("accent"))
        pen.setWidthF(sizes.underline)
        painter.setPen(pen)
        inner = knob - sizes.underline
        painter.drawEllipse(QRectF(x - inner / 2, middle - inner / 2, inner, inner))


def label(text: str = "", role: str = "", *, parent: QWidget | None = None) -> QLabel:
    """A one-line label with a role of the style sheet. Shows plain text only: documents write what they want."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        set_property(made, "role", role)
    return made


class Dot(QWidget):
    """A small coloured mark."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._token = "good"
        self.setFixedSize(look.sizes.dot, look.sizes.dot)

    def set_token(self, token: str) -> None:
        self._token = token
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(self._token))
        painter.drawRoundedRect(self.rect(), self.width() / 3, self.width() / 3)


class IconPicture(QWidget):
    """An icon that is not a button, in the colour of a token; lets the mouse through."""

    def __init__(
        self, look: Look, name: str = "", *, size: int = 0, color: str = "muted", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._color = color
        self._name = name
        side = size or look.sizes.icon
        self.setFixedSize(side, side)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_name(self, name: str) -> None:
        self._name = name
        self.setVisible(bool(name))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._name:
            pixmap = self._look.icons.pixmap(self._name, self.width(), self.devicePixelRatioF(), self._color)
            QPainter(self).drawPixmap(0, 0, self.width(), self.height(), pixmap)
