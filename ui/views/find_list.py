"""All hits of a search below its bar, each with its line and page; or a sentence that says why there are none."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Document, Span
from ui.i18n import tr
from ui.views.place_list import PlaceList, PlaceRow, page_words, snippet
from ui.views.widgets import FlowText, Look

_ROWS = 6
"""In sight at a time."""


class FindList(QFrame):
    """Hidden where there is nothing to show. Main thread only."""

    chosen = Signal(int)
    """The number of a hit, from 0."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.setProperty("role", "notice")
        self._wanted = True
        self.list = PlaceList(look, tr("Hits"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.chosen.connect(self.chosen)
        self.sentence = FlowText(look, "", color="bad")
        self.sentence.setAccessibleName(tr("Hits"))
        self._said = QWidget()
        row = QHBoxLayout(self._said)
        row.setContentsMargins(sizes.pad, sizes.gap, sizes.pad, sizes.gap)
        row.addWidget(self.sentence, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 1)
        column.setSpacing(0)
        column.addWidget(self._said)
        column.addWidget(self.list)
        self._said.hide()
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Whether the user wants the list. What is wrong with a search is said in any case."""
        self._wanted = wanted
        self._show()

    def set_hits(self, document: Document | None, hits: Sequence[Span], labels: Sequence[str]) -> None:
        """Places of the document's text; ``labels`` are printed on its pages."""
        kept = list(hits) if document is not None else []

        def row(number: int) -> PlaceRow:
            assert document is not None
            hit = kept[number]
            title, strong = snippet(document.text, hit.start, hit.end)
            return PlaceRow(title, strong, page=page_words(document.page_at(hit.start), labels))

        self.list.set_rows(len(kept), row)
        self.list.setFixedHeight(min(len(kept), _ROWS) * self.list.row_height + 2)
        self._show()

    def set_current(self, number: int) -> None:
        if self.list.current != number:
            self.list.set_current(number)

    def say(self, sentence: str) -> None:
        """What is wrong; empty for nothing."""
        self.sentence.set_text(sentence)
        self._said.setVisible(bool(sentence))
        self._show()

    def _show(self) -> None:
        listed = self._wanted and self.list.count > 0
        self.list.setVisible(listed)
        self.setVisible(listed or bool(self.sentence.text))
