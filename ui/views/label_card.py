"""The card at a suggestion or a label on the page: what it is, who says so, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.types import Label, LabelType, Mention, Span
from ui.i18n import label_name, tr
from ui.views.entity_card import source_text
from ui.views.label_widgets import TwoColumns, TypeButton
from ui.views.widgets import Dot, FlowText, Look, PopupCard, ScoreLabel, label

_WIDTH = 340


@dataclass(frozen=True, slots=True)
class Target:
    """What keys, buttons and the card are for: a label of the user's, or what the model suggests."""

    span: Span
    value: str
    text: str
    label: Label | None = None
    mention: Mention | None = None

    @classmethod
    def of_label(cls, label: Label) -> Target | None:
        if label.anchor is None:
            return None
        return cls(label.anchor.span, label.value, label.text, label=label)

    @classmethod
    def of_mention(cls, mention: Mention) -> Target:
        return cls(mention.span, mention.label, mention.text, mention=mention)


def origin_text(origin: str) -> str:
    """Who made a label, in words."""
    kind, _, source = origin.partition(":")
    if kind == "confirmed":
        return tr("Confirmed by you, {source}", source=source_text(source))
    if kind == "corrected":
        return tr("Corrected by you, {source}", source=source_text(source))
    if kind == "import":
        return tr("Imported from {name}", name=source)
    return tr("Marked by you")


class LabelCard(PopupCard):
    """:meth:`show_target` fills it and opens it beside ``place``. Keys go to whoever hears ``key_pressed``.

    ``accepted``, ``rejected`` (of a label: remove it), ``type_chosen(LabelType)``.
    """

    accepted = Signal()
    rejected = Signal()
    type_chosen = Signal(object)
    key_pressed = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        sizes = look.sizes
        self._look = look
        self._types: tuple[LabelType, ...] = ()
        self.buttons: list[TypeButton] = []
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        self._dot = Dot(look)
        self.kind = label(role="secondary")
        self.score = ScoreLabel()
        self.words = FlowText(look, role="answer", bold=True, max_lines=4)
        self.source = FlowText(look, role="secondary", color="muted", max_lines=3)
        self._grid = TwoColumns(look)
        hint = tr("Shift+←/→ moves the end, Ctrl+←/→ the start, with Alt by a letter. Or drag the ends.")
        self.hint = FlowText(look, hint, role="secondary", color="muted")
        self.reject = QPushButton()
        self.reject.clicked.connect(self.rejected)
        self.accept = QPushButton()
        self.accept.setProperty("kind", "primary")
        self.accept.clicked.connect(self._accept)
        top = QHBoxLayout()
        top.setSpacing(sizes.gap)
        top.addWidget(self._dot)
        top.addWidget(self.kind, 1)
        top.addWidget(self.score)
        foot = QHBoxLayout()
        foot.setSpacing(sizes.gap)
        foot.addWidget(self.reject)
        foot.addStretch(1)
        foot.addWidget(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        column.setSpacing(sizes.grid)
        column.addLayout(top)
        column.addWidget(self.words)
        column.addWidget(self.source)
        column.addSpacing(sizes.grid)
        column.addWidget(self._grid)
        column.addSpacing(sizes.grid)
        column.addWidget(self.hint)
        column.addSpacing(sizes.grid)
        column.addLayout(foot)
        self._is_label = False

    def set_types(self, types: Sequence[LabelType]) -> None:
        """Those that can be chosen by a button."""
        if tuple(types) == self._types:
            return
        self._types = tuple(types)
        self.buttons = []
        for kind in types:
            button = TypeButton(self._look, kind)
            button.clicked.connect(lambda _=False, kind=kind: self.type_chosen.emit(kind))
            self.buttons.append(button)
        self._grid.set_widgets(list(self.buttons))

    def set_target(self, target: Target, titles: Mapping[str, str]) -> None:
        self._is_label = target.label is not None
        name = titles.get(target.value) or label_name(target.value)
        self._dot.set_token(self._look.theme.entity_token(target.value))
        self.kind.setText(name if self._is_label else tr("{type}, suggested", type=name))
        self.words.set_text(target.text)
        if target.label is not None:
            self.source.set_text(origin_text(target.label.origin))
        elif target.mention is not None:
            source = source_text(target.mention.source)
            self.source.set_text(source[:1].upper() + source[1:])
            self.score.set_score(target.mention.score)
        self.score.setVisible(not self._is_label)
        self.reject.setText(tr("Remove") if self._is_label else tr("Reject"))
        tip = tr("Take the label away") if self._is_label else tr("This is wrong: do not suggest it again")
        self.reject.setToolTip(f"{tip} ({tr('Del')})")
        self.accept.setText(tr("Done") if self._is_label else tr("Accept"))
        tip = tr("Close this card") if self._is_label else tr("This is right: make it a label")
        self.accept.setToolTip(f"{tip} ({tr('Enter')})")
        for button in self.buttons:
            button.setChecked(button.kind.name == target.value)
        self.setAccessibleName(f"{self.kind.text()}: {target.text}")

    def show_target(self, target: Target, titles: Mapping[str, str], place: QRect) -> None:
        self.set_target(target, titles)
        self.ensurePolished()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resize(self.width(), max(self.heightForWidth(self.width()), self.minimumSizeHint().height()))
        self.show_beside(place)

    def _accept(self) -> None:
        if self._is_label:
            self.close()
        else:
            self.accepted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape or (
            self._is_label and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self.close()
            return
        event.ignore()
        self.key_pressed.emit(event)
        if not event.isAccepted():
            super().keyPressEvent(event)
