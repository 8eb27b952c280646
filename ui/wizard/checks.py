"""A readiness check: its sentence, its fix, and the places that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.training.flow import Check, Place
from ui.i18n import code_message, count, tr
from ui.models.training import Names
from ui.views.widgets import Card, ElidedLabel, FlowText, IconPicture, LinkButton, Look, PageLabel, RowButton
from ui.wizard.model import Snapshot
from ui.wizard.words import fix_title

_SHOWN = 12
_NAMED = 4
_ICONS = {"stop": ("error", "bad"), "warn": ("warning", "warn"), "ok": ("check", "good")}


def check_text(check: Check, state: Snapshot, names: Names) -> str:
    """The sentence, with the classes as people know them."""
    params: dict[str, str | int] = dict(check.params)
    for key in ("label", "most", "least"):
        if key in params:
            params[key] = names.of(state.task, str(params[key]))
    if "labels" in params and check.labels:
        titles = [names.of(state.task, name) for name in check.labels]
        shown = tr(", ").join(titles[:_NAMED])
        rest = len(titles) - _NAMED
        params["labels"] = tr("{names} and {n} more", names=shown, n=rest) if rest > 0 else shown
    return code_message(check.code, params)


class CheckCard(Card):
    """``fix_requested``: the button was pressed; ``place_activated(Place)``: one of its places."""

    fix_requested = Signal()
    place_activated = Signal(object)

    def __init__(self, look: Look, check: Check, sentence: str, state: Snapshot, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._state = state
        self._places = tuple(islice(_places(check, state), _SHOWN))
        icon, color = _ICONS[check.severity]
        row = QHBoxLayout()
        row.setSpacing(look.sizes.pad)
        row.addWidget(IconPicture(look, icon, color=color))
        self.sentence = FlowText(look, sentence)
        row.addWidget(self.sentence, 1, Qt.AlignmentFlag.AlignVCenter)
        self.more = LinkButton(
            count(len(self._places), "Show the place", "Show {n} places") if any(p.text for p in self._places)
            else count(len(self._places), "Show the document", "Show {n} documents")
        )  # fmt: skip
        self.more.setVisible(bool(self._places))
        self.more.clicked.connect(self._toggle)
        row.addWidget(self.more)
        self.fix = QPushButton()
        self.fix.setVisible(check.fix is not None)
        if check.fix is not None:
            self.fix.setText(fix_title(check.fix))
            self.fix.setAccessibleName(f"{self.fix.text()}. {sentence}")
        self.fix.clicked.connect(self.fix_requested)
        self._here = check.fix in ("label_more", "review", "open_document")
        row.addWidget(self.fix)
        self.body.addLayout(row)
        self._list: QWidget | None = None
        words = {"stop": tr("This stops training"), "warn": tr("Worth knowing"), "ok": tr("Ready")}
        self.setAccessibleName(f"{words[check.severity]}. {sentence}")

    def set_fixable(self, fixable: bool) -> None:
        self.fix.setEnabled(fixable or self._here)

    def _toggle(self) -> None:
        if self._list is None:
            self._list = QWidget()
            column = QVBoxLayout(self._list)
            column.setContentsMargins(self._look.sizes.control, 0, 0, 0)
            column.setSpacing(0)
            for place in self._places:
                column.addWidget(self._row(place))
            self.body.addWidget(self._list)
        else:
            self._list.setVisible(self._list.isHidden())

    def _row(self, place: Place) -> RowButton:
        look = self._look
        row = RowButton(look, tr("Go to “{text}” in {name}", text=place.text or place.title, name=place.title))
        line = QHBoxLayout(row)
        line.setContentsMargins(look.sizes.grid, look.sizes.grid, look.sizes.grid, look.sizes.grid)
        line.setSpacing(look.sizes.gap)
        page = self._state.page(place.document, place.start)
        if page is not None and place.text:
            chip = PageLabel(look, page)
            row.adopt(chip)
            line.addWidget(chip)
        if place.text:
            words = ElidedLabel(place.text)
            row.adopt(words)
            line.addWidget(words, 1)
        name = ElidedLabel(place.title, role="secondary")
        row.adopt(name)
        line.addWidget(name, 0 if place.text else 1)
        row.clicked.connect(lambda: self.place_activated.emit(place))
        return row


def _places(check: Check, state: Snapshot) -> Iterator[Place]:
    """The places of a check, or the documents that it is about."""
    yield from check.places
    if not check.places:
        for document in check.documents:
            paper = state.papers.get(document)
            if paper is not None:
                yield Place(document, paper.path, paper.title, 0, 0, "")
