"""A small card to make a type of one's own, or to change one: name, colour, key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from assistant.types import LabelType
from ui.i18n import tr
from ui.views.widgets import FieldFrame, FlowBox, LinkButton, Look, PillButton, PopupCard, label

SWATCHES = ("work", "event", "product", "person", "organization", "place", "date", "amount", "other")
_KEYS = tuple("1234567890")
_WIDTH = 300


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """What the user entered."""

    title: str
    color: str
    shortcut: str


class Swatch(QAbstractButton):
    """A colour to choose; the chosen one has a ring."""

    def __init__(self, look: Look, token: str, name: str) -> None:
        super().__init__()
        self._look = look
        self.token = token
        self.setCheckable(True)
        self.setFixedSize(QSize(look.sizes.control_small, look.sizes.control_small))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(name)
        self.setAccessibleName(name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._look.color(self.token)
        box = QRectF(self.rect())
        if self.isChecked() or self.hasFocus():
            ring = color if self.isChecked() else self._look.color("accent")
            painter.setPen(QPen(ring, self._look.sizes.underline))
            painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(box.adjusted(5, 5, -5, -5))


class KeyChoice(QWidget):
    """The keys that are free, and none at all: one of them is chosen."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._box = FlowBox(look.sizes.grid)
        self._pills: dict[str, PillButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._box)

    @property
    def key(self) -> str:
        """The chosen digit, or an empty string."""
        return next((key for key, pill in self._pills.items() if pill.isChecked()), "")

    def set_keys(self, keys: Sequence[str], chosen: str) -> None:
        self._box.clear()
        self._pills = {}
        for key in (*keys, ""):
            tip = tr("The key {key} labels selected words with this type", key=key) if key else tr("Without a key")
            pill = PillButton(key or tr("None"), tip)
            pill.setCheckable(True)
            pill.clicked.connect(lambda _=False, key=key: self.choose(key))
            self._box.add(pill)
            self._pills[key] = pill
        self.choose(chosen)

    def choose(self, key: str) -> None:
        for each, pill in self._pills.items():
            pill.setChecked(each == key)


class TypeEditor(PopupCard):
    """:meth:`open_new` and :meth:`open_type` show it beside a place on the screen. Enter saves, Escape closes.

    ``saved(TypeDraft, LabelType or None)``: to be made (None), or what a type is to become.
    ``deleted(LabelType)``.
    """

    saved = Signal(object, object)
    deleted = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._look = look
        self._kind: LabelType | None = None
        sizes = look.sizes
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self.heading = label(role="strong")
        self.field = FieldFrame(look, sizes.radius)
        self.field.setFixedHeight(sizes.control)
        self.field.edit.setAccessibleName(tr("Name of the type"))
        self.field.edit.setToolTip(tr("Name of the type"))
        self.field.edit.setMaxLength(60)
        self.field.edit.textChanged.connect(self._update)
        self.field.edit.returnPressed.connect(self._save)
        self.swatches = [Swatch(look, token, _color_name(token)) for token in SWATCHES]
        self._group = QButtonGroup(self)
        colors = QHBoxLayout()
        colors.setSpacing(sizes.grid)
        for swatch in self.swatches:
            self._group.addButton(swatch)
            colors.addWidget(swatch)
        colors.addStretch(1)
        self.keys = KeyChoice(look)
        self._key_row = QWidget()
        keys = QHBoxLayout(self._key_row)
        keys.setContentsMargins(0, 0, 0, 0)
        keys.addWidget(label(tr("Key"), "secondary"))
        keys.setSpacing(sizes.gap)
        keys.addWidget(self.keys, 1)
        self.delete = LinkButton(tr("Delete"), tr("Delete this type"))
        self.delete.clicked.connect(self._delete)
        self.save = QPushButton()
        self.save.setProperty("kind", "primary")
        self.save.clicked.connect(self._save)
        foot = QHBoxLayout()
        foot.addWidget(self.delete)
        foot.addStretch(1)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addWidget(self.heading)
        column.addWidget(self.field)
        column.addLayout(colors)
        column.addWidget(self._key_row)
        column.addLayout(foot)

    def open_new(self, kind: str, types: Sequence[LabelType], place: QRect, title: str = "") -> None:
        """``kind``: ``entity`` or ``type``; ``types``: those that are there, whose keys are taken."""
        self._kind = None
        words = tr("New entity type") if kind == "entity" else tr("New document type")
        taken = {each.color for each in types}
        free = next((swatch for swatch in self.swatches if swatch.token not in taken), self.swatches[0])
        self._open(words, tr("Create"), title, free.token, "", types, place, first_free=kind == "entity")
        self._key_row.setVisible(kind == "entity")

    def open_type(self, kind: LabelType, types: Sequence[LabelType], place: QRect) -> None:
        self._kind = kind
        self._open(tr("Change the type"), tr("Save"), kind.title, kind.color, kind.shortcut, types, place)
        self._key_row.setVisible(kind.kind == "entity")

    def _open(
        self,
        heading: str,
        action: str,
        title: str,
        color: str,
        shortcut: str,
        types: Sequence[LabelType],
        place: QRect,
        *,
        first_free: bool = False,
    ) -> None:
        own = self._kind is None or self._kind.own
        self.heading.setText(heading)
        self.field.setEnabled(own)
        self.field.edit.setPlaceholderText(tr("Name, for example: Clause no."))
        self.field.edit.setText(title)
        self.field.set_bad(False)
        self.delete.setVisible(self._kind is not None and own)
        self.save.setText(action)
        self.save.setToolTip(action)
        for swatch in self.swatches:
            swatch.setChecked(swatch.token == color)
        taken = {each.shortcut for each in types if self._kind is None or each.name != self._kind.name}
        free = [key for key in _KEYS if key not in taken]
        self.keys.set_keys(free, shortcut or (free[0] if first_free and free else ""))
        self._update()
        self.adjustSize()
        corner = self._corner(place)
        self.move_card(corner.x(), corner.y())
        self.show()
        (self.field.edit if own else self.save).setFocus(Qt.FocusReason.PopupFocusReason)

    def _corner(self, place: QRect) -> QPoint:
        screen = QGuiApplication.screenAt(place.center()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        width, parent = self.card_size.width(), self.parentWidget()
        edge = parent.window().geometry().right() if parent is not None else room.right()
        # Where the window ends before the card does, the card ends where the place does.
        left = place.left() if place.left() + width <= edge else place.right() - width
        x = min(left, room.right() - width)
        y = min(place.bottom() + self._look.sizes.grid, room.bottom() - self.card_size.height())
        return QPoint(max(room.left(), x), max(room.top(), y))

    def _update(self) -> None:
        self.save.setEnabled(bool(self.field.edit.text().strip()))

    def _save(self) -> None:
        title = " ".join(self.field.edit.text().split())
        if not title:
            return
        chosen = next((swatch.token for swatch in self.swatches if swatch.isChecked()), None)
        color = chosen or (self._kind.color if self._kind is not None else SWATCHES[0])
        self.close()
        self.saved.emit(TypeDraft(title, color, self.keys.key), self._kind)

    def _delete(self) -> None:
        self.close()
        if self._kind is not None:
            self.deleted.emit(self._kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def _color_name(token: str) -> str:
    return {
        "work": tr("Magenta"),
        "event": tr("Green"),
        "product": tr("Indigo"),
        "person": tr("Blue"),
        "organization": tr("Orange"),
        "place": tr("Teal"),
        "date": tr("Violet"),
        "amount": tr("Gold"),
        "other": tr("Grey"),
    }[token]
