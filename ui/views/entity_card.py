"""The card at a mention on the page: what it is, how often it is named, and where that is known from."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Entity, Mention
from ui.i18n import label_name, number_text, tr, word
from ui.views.widgets import Dot, FlowText, IconButton, Look, PopupCard, ScoreLabel, label

_WIDTH = 300


def source_text(source: str) -> str:
    """Where a mention is known from, in words."""
    kind, _, name = source.partition(":")
    if kind == "model":
        model, _, version = name.partition("@")
        return tr("found by the model {model}, version {version}", model=model, version=version or "?")
    if kind == "rule":
        return tr("found by the rule for {name}", name=word(name.replace("_", " ")))
    if kind == "document":
        return tr("named like another mention in this document")
    if kind == "user":
        return tr("marked by you")
    return source


class EntityCard(PopupCard):
    """A popup beside a mention. Left and Right go through the mentions, Escape closes.

    - :meth:`show_mention` fills it and opens it beside ``place`` (global coordinates of the mention's box).
    - :meth:`set_mention` fills it only.

    ``mention_activated(Mention, number, total)``: go there; ``number`` counts from 1. ``copied(str)``.
    """

    mention_activated = Signal(object, int, int)
    copied = Signal(str)
    correct_requested = Signal(object)
    """:class:`Mention`: the user wants to correct it."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._look = look
        self._entity: Entity | None = None
        self._number = 0
        self._titles: dict[str, str] = {}
        self.setFixedWidth(_WIDTH + 2 * self.edge)
        sizes = look.sizes
        self._dot = Dot(look)
        self.kind = label(role="secondary")
        self.name = FlowText(look, role="answer", bold=True, max_lines=3)
        self.value = FlowText(look, role="secondary", color="muted", max_lines=2)
        self.source = FlowText(look, role="secondary", color="muted", max_lines=2)
        self.score = ScoreLabel()
        self.position = label(role="secondary")
        self.previous = IconButton(look, "back", tr("Previous mention"), small=True, shortcut=tr("Left"))
        self.next = IconButton(look, "forward", tr("Next mention"), small=True, shortcut=tr("Right"))
        self.copy_button = IconButton(look, "copy", tr("Copy the name"), small=True, color="muted")
        self.correct_button = IconButton(look, "tag", tr("Correct it, or confirm it"), small=True, color="muted")
        self.correct_button.clicked.connect(self._correct)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.copy_button.clicked.connect(self._copy)

        top = QHBoxLayout()
        top.setSpacing(sizes.gap)
        top.addWidget(self._dot)
        top.addWidget(self.kind, 1)
        top.addWidget(self.score)
        bottom = QHBoxLayout()
        bottom.setSpacing(sizes.grid)
        bottom.addWidget(self.previous)
        bottom.addWidget(self.position)
        bottom.addWidget(self.next)
        bottom.addStretch(1)
        bottom.addWidget(self.correct_button)
        bottom.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.gap)
        column.setSpacing(sizes.grid)
        column.addLayout(top)
        column.addWidget(self.name)
        column.addWidget(self.value)
        column.addWidget(self.source)
        column.addSpacing(sizes.grid)
        column.addLayout(bottom)

    @property
    def number(self) -> int:
        """The shown mention, from 1."""
        return self._number + 1

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Names of the user's own types."""
        self._titles = dict(titles)

    def set_mention(self, entity: Entity, mention: Mention) -> None:
        self._entity = entity
        self._number = next((n for n, m in enumerate(entity.mentions) if m.span == mention.span), 0)
        self._fill()

    def show_mention(self, entity: Entity, mention: Mention, place: QRect) -> None:
        self.set_mention(entity, mention)
        self.resize(self.width(), max(self.heightForWidth(self.width()), self.minimumHeight()))
        self.show_beside(place)

    def _fill(self) -> None:
        assert self._entity is not None
        entity, mention = self._entity, self._entity.mentions[self._number]
        total = len(entity.mentions)
        self._dot.set_token(self._look.theme.entity_token(entity.label))
        kind = self._titles.get(entity.label) or label_name(entity.label)
        self.kind.setText(kind)
        self.name.set_text(entity.name)
        lines = []
        if " ".join(mention.text.split()) != " ".join(entity.name.split()):
            lines.append(tr("Here: {words}", words=mention.text))
        if mention.value and mention.value != mention.text:
            lines.append(tr("Read as: {value}", value=mention.value))
        self.value.set_text(" · ".join(lines))
        self.value.setVisible(bool(lines))
        source = source_text(mention.source)
        self.source.set_text(source[:1].upper() + source[1:])
        self.score.set_score(mention.score)
        self.position.setText(tr("{n} of {total}", n=number_text(self._number + 1), total=number_text(total)))
        self.position.setToolTip(tr("This mention among all of {name}", name=entity.name))
        self.previous.setEnabled(total > 1)
        self.next.setEnabled(total > 1)
        self.setAccessibleName(
            tr(
                "{kind}: {name}, mention {n} of {total}",
                kind=kind,
                name=entity.name,
                n=self._number + 1,
                total=total,
            )
        )

    def _step(self, delta: int) -> None:
        if self._entity is None or len(self._entity.mentions) < 2:
            return
        self._number = (self._number + delta) % len(self._entity.mentions)
        self._fill()
        self.mention_activated.emit(self._entity.mentions[self._number], self._number + 1, len(self._entity.mentions))

    def _copy(self) -> None:
        if self._entity is not None:
            QGuiApplication.clipboard().setText(self._entity.name)
            self.copied.emit(self._entity.name)

    def _correct(self) -> None:
        if self._entity is not None:
            self.close()
            self.correct_requested.emit(self._entity.mentions[self._number])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self._step(step)
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
