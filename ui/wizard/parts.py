"""What the wizard's pages are made of: the page itself, figure cards, the rail of steps, a row of what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from assistant.training.flow import STEPS, Check, StepName
from ui.i18n import code_message, tr
from ui.views.widgets import Card, ElidedLabel, FlowText, Look, RowButton, label
from ui.wizard.model import Snapshot, WizardModel


def step_title(step: StepName) -> str:
    return {
        "goal": tr("Goal"),
        "data": tr("Data"),
        "method": tr("Method"),
        "train": tr("Train"),
        "result": tr("Result"),
        "publish": tr("Publish"),
    }[step]


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the foot. ``tip`` says why it cannot be pressed where ``enabled`` is False."""

    title: str
    press: Callable[[], None]
    enabled: bool = True
    tip: str = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands at the foot of a page: quiet buttons, then the one that goes on."""

    primary: Button | None = None
    others: tuple[Button, ...] = ()
    back: bool = True


class Page(QScrollArea):
    """One step: a heading, a sentence below it, and a body. ``show_state`` is called whenever something changed."""

    step: StepName
    fills = False
    """The body takes all the height that there is."""

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._model = look, model
        sizes = look.sizes
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(step_title(self.step))
        content = QWidget()
        content.setProperty("role", "panel")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(content)
        column.setContentsMargins(sizes.wizard_pad, sizes.pad_dialog, sizes.wizard_pad, sizes.pad_dialog)
        column.setSpacing(sizes.page_gap)
        self.heading = FlowText(look, role="heading")
        self.sentence = FlowText(look, color="muted")
        head = QVBoxLayout()
        head.setSpacing(sizes.grid)
        head.addWidget(self.heading)
        head.addWidget(self.sentence)
        column.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(sizes.page_gap)
        column.addLayout(self.body, 1 if self.fills else 0)
        if not self.fills:
            column.addStretch(1)
        self.setWidget(content)

    def say(self, heading: str, sentence: str) -> None:
        self.heading.set_text(heading)
        self.sentence.set_text(sentence)
        self.sentence.setVisible(bool(sentence))

    def show_state(self, state: Snapshot) -> None:
        """Render; quick, and the same for the same state."""
        raise NotImplementedError

    def foot(self, state: Snapshot) -> Foot:
        raise NotImplementedError

    def enter(self) -> None:
        """It has become the page in front."""


class FigureCard(Card):
    """A small caption, a large figure, and a note below it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.caption = label(role="secondary")
        self.figure = ElidedLabel(role="figure")
        self.note = FlowText(look, role="secondary", max_lines=2)
        for part in (self.caption, self.figure, self.note):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def set(self, caption: str, figure: str, note: str = "", color: str = "muted", tip: str = "") -> None:
        self.caption.setText(caption)
        self.figure.set_text(figure)
        self.note.set_text(note)
        self.note.set_color(color)
        self.setToolTip(tip)
        self.setAccessibleName(" ".join(part for part in (caption, figure, note) if part))


def card_row(look: Look, count: int) -> tuple[QHBoxLayout, list[FigureCard]]:
    row = QHBoxLayout()
    row.setSpacing(look.sizes.pad)
    cards = [FigureCard(look) for _ in range(count)]
    for card in cards:
        row.addWidget(card, 1)
    return row, cards


class StepButton(RowButton):
    """One step of the rail: done (a tick), current (filled), to come (its number)."""

    def __init__(self, look: Look, number: int, step: StepName, parent: QWidget | None = None) -> None:
        super().__init__(look, step_title(step), parent)
        self._number, self._done = number, False
        self.setFixedHeight(look.sizes.row)

    def set_place(self, *, done: bool, current: bool, why: str) -> None:
        self._done = done
        self.setEnabled(not why or current)
        self.setToolTip("" if current else why)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.isEnabled() else Qt.CursorShape.ArrowCursor)
        self._current = current
        words = tr("current step") if current else tr("done") if done else why
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._look.sizes.wizard_rail, self._look.sizes.row)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self._hovered and self.isEnabled() and not self._current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("sunken", 0.6))
            painter.drawRoundedRect(box, sizes.radius, sizes.radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("accent"), 1))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), sizes.radius, sizes.radius)
        side = sizes.control_small - 2
        circle = QRectF(sizes.grid, (box.height() - side) / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("accent" if self._current else "sunken"))
        painter.drawEllipse(circle)
        ink = look.color("on_accent" if self._current else "muted")
        if self._done and not self._current:
            pen = QPen(ink, 1.5)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            x, y = circle.left(), circle.top()
            painter.drawPolyline([QPointF(x + 7, y + 11.4), QPointF(x + 9.8, y + 14), QPointF(x + 15, y + 8.2)])
        else:
            painter.setPen(ink)
            painter.setFont(look.font("secondary"))
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.setFont(look.font("body", bold=self._current))
        painter.setPen(look.color("text" if self._current else "muted", 1 if self.isEnabled() else 0.75))
        left = circle.right() + sizes.pad
        painter.drawText(
            QRectF(left, 0, box.right() - left, box.height()), Qt.AlignmentFlag.AlignVCenter, self.accessibleName()
        )


class StepRail(QWidget):
    """The steps from top to bottom; Up and Down go from one to the next."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.setProperty("role", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(sizes.wizard_rail)
        self.setAccessibleName(tr("Steps"))
        self.title = FlowText(look, role="answer", bold=True)
        self.buttons = {step: StepButton(look, number, step) for number, step in enumerate(STEPS, 1)}
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad_dialog, sizes.pad, sizes.pad_dialog)
        column.setSpacing(sizes.grid)
        column.addWidget(self.title)
        column.addSpacing(sizes.page_gap)
        for step, button in self.buttons.items():
            column.addWidget(button)
            button.clicked.connect(lambda _=False, step=step: self.chosen.emit(step))
        column.addStretch(1)
        self.hint = FlowText(look, role="secondary", color="muted")
        column.addWidget(self.hint)

    def show_steps(self, current: StepName, blocked: Mapping[StepName, Check | None]) -> None:
        place = STEPS.index(current)
        for number, (step, button) in enumerate(self.buttons.items()):
            check = blocked.get(step)
            why = code_message(check.code, check.params) if check is not None else ""
            button.set_place(done=number < place, current=step == current, why=why)


class ChoiceCard(RowButton):
    """A card that is one of several to choose from. Its content goes into ``body``."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(look, name, parent)
        self.body = QVBoxLayout(self)
        pad = look.sizes.pad
        self.body.setContentsMargins(pad + 4, pad, pad + 4, pad)
        self.body.setSpacing(look.sizes.grid)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, sizes = self._look, self._look.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if self._current or self.hasFocus() else "border"
        fill = "accent_soft" if self._current else "sunken" if self._hovered and self.isEnabled() else "surface"
        painter.setPen(QPen(look.color(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(look.color(fill, 0.5 if fill == "sunken" else 1.0))
        inset = 1.0 if self.hasFocus() else 0.5
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, sizes.radius_card, sizes.radius_card)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Cards side by side are gone through with the arrows to the sides as well.
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None or not self._focus_neighbour(step):
            super().keyPressEvent(event)


class MarkedText(QWidget):
    """Words as they are marked on a page: on the soft colour of their type, with a line below."""

    def __init__(self, look: Look, text: str, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._token = look, token
        self.text = " ".join(text.split())
        self.setAccessibleName(self.text)
        self.setFixedHeight(look.sizes.control_small)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._look.font()).horizontalAdvance(self.text)
        return QSize(min(width + 5, 220), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        painter.setBrush(look.color(self._token, look.theme.tokens.highlight_opacity))
        painter.drawRoundedRect(box, 3, 3)
        painter.fillRect(QRectF(box.left(), box.bottom() - 2, box.width(), 2), look.color(self._token))
        painter.setPen(look.color("text"))
        font = look.font()
        painter.setFont(font)
        shown = QFontMetrics(font).elidedText(self.text, Qt.TextElideMode.ElideRight, int(box.width()) - 4)
        painter.drawText(box.adjusted(2, 0, -2, -2), Qt.AlignmentFlag.AlignVCenter, shown)
