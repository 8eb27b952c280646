"""What kind of document this is, how sure the model is, and the sentences that decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from assistant.jobs import Progress
from assistant.types import Classification, Evidence, LabelType
from ui.i18n import certainty, count, tr
from ui.views.row_menu import offer_menu
from ui.views.type_chooser import TypeChooser
from ui.views.type_editor import TypeEditor
from ui.views.widgets import (
    Card,
    Column,
    ElidedLabel,
    FlowText,
    LinkButton,
    Look,
    PageLabel,
    ProgressRow,
    RowButton,
    StateView,
    ThinBar,
    label,
    score_text,
)

State = Literal["none", "loading", "ready", "failed"]
_SHOWN = 6
"""Types with a bar of their own; the others share one line."""
_SMALL = 0.005
"""Below it a type is not worth a bar: it would say 0.00."""


class _Titles:
    """The names of the types by their labels; a label without one is its own name."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}

    def set(self, titles: Mapping[str, str]) -> None:
        self._titles = dict(titles)

    def add(self, titles: Mapping[str, str]) -> None:
        """Names of types of the user's own."""
        self._titles.update(titles)

    def of(self, name: str) -> str:
        title = self._titles.get(name)
        if title is not None:
            return title
        plain = name.replace("_", " ")
        return plain[:1].upper() + plain[1:]


class TypeCard(Card):
    """The small card below the summary: the type, its probability, the next two, and "Why?".

    - :meth:`set_classification` (None hides the card), :meth:`set_titles` names the labels.

    ``why_requested()``: show the Type panel.
    """

    why_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._titles = _Titles()
        self._shown: Classification | None = None
        self._chosen = ""
        sizes = look.sizes
        self.title = ElidedLabel(role="strong")
        self.score = label(role="secondary")
        self.bar = ThinBar(look, tr("Probability of the type"))
        self.others = ElidedLabel(role="secondary")
        self.why = LinkButton(tr("Why?"), tr("Show the sentences that decided the type"))
        self.why.clicked.connect(self.why_requested)
        # A link is wider than its letters; the card's right edge is where the letters end.
        edge = sizes.grid + 1
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, edge, 0)
        top.addWidget(self.title, 1)
        top.addWidget(self.score)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, edge, 0)
        middle.addWidget(self.bar)
        bottom = QHBoxLayout()
        bottom.addWidget(self.others, 1)
        bottom.addWidget(self.why)
        self.body.setContentsMargins(sizes.pad, sizes.pad, sizes.pad - edge, sizes.gap)
        self.body.setSpacing(sizes.grid + 2)
        self.body.addLayout(top)
        self.body.addLayout(middle)
        self.body.addLayout(bottom)
        self.set_classification(None)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        self._titles.set(titles)
        self.set_classification(self._shown)

    def set_chosen(self, title: str) -> None:
        """What the user says that the document is; an empty string where nothing."""
        if title != self._chosen:
            self._chosen = title
            self.set_classification(self._shown)

    def set_classification(self, classification: Classification | None) -> None:
        self._shown = classification
        if classification is None or not classification.scores:
            self.hide()
            return
        first = classification.scores[0]
        unsure = classification.label is None
        title = tr("Unsure of the type") if unsure else self._titles.of(first.label)
        self.title.set_text(self._chosen or title)
        self.score.setText(tr("set by you") if self._chosen else "" if unsure else f"{first.score:.2f}")
        self.score.setToolTip(tr("Probability: {score}", score=score_text(first.score)))
        self.bar.set_fraction(1.0 if self._chosen else first.score)
        self.bar.set_fill("muted" if unsure and not self._chosen else "accent")
        rest = classification.scores[0 if unsure or self._chosen else 1 :]
        self.others.set_text("\u2003".join(f"{self._titles.of(s.label)} {s.score:.2f}" for s in rest[:2]))
        self.setAccessibleName(tr("Document type: {type}", type=self.title.full_text))
        self.show()


class TypePanel(QWidget):
    """All types with their probabilities, and the sentences that decided.

    - :meth:`set_classification` shows a result ("unsure" is one of them); None: no document.
    - :meth:`set_titles` names the labels (``{"contract": "Contract"}``) in the user's language.
    - :meth:`set_progress`, :meth:`set_state` (``none``, ``loading``, ``ready``, ``failed`` with a sentence).

    ``evidence_activated(Evidence)``: go there. ``retry_requested()``: the button of the failed state.
    """

    evidence_activated = Signal(object)
    retry_requested = Signal()
    why_requested = Signal(str, object, object)
    """A document type, :class:`Evidence`: why it speaks for the type; and its row."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._titles = _Titles()
        self._classification: Classification | None = None
        self._state: State = "none"
        self._rows: list[tuple[Evidence, RowButton]] = []
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = look.sizes
        self.column = Column(tr("Document type"))
        self.column.body.setContentsMargins(sizes.grid + 2, 0, sizes.grid + 2, sizes.gap)
        self.column.body.setSpacing(0)
        self.state_view = StateView(look)
        self.state_view.action.connect(self.retry_requested)
        self.chooser = TypeChooser(look)
        self.editor = TypeEditor(look, self)
        self._types: tuple[LabelType, ...] = ()
        self._chosen = ""
        self.progress = ProgressRow(look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.column)
        self._stack.addWidget(self.state_view)
        foot = QVBoxLayout()
        foot.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.gap)
        foot.addWidget(self.progress)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        column.addWidget(self.chooser)
        self._show()

    # --- setters ----------------------------------------------------------------------------------------

    def set_classification(self, classification: Classification | None) -> None:
        self._classification = classification
        self.chooser.set_likely([score.label for score in classification.scores] if classification is not None else ())
        self._state = "ready" if classification is not None else "none"
        self.progress.set_progress(None)
        self._build()
        self._show()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        self._titles.set(titles)
        self.set_document_types(self._types)
        self._build()

    def set_document_types(self, types: Sequence[LabelType]) -> None:
        """What the user can say that a document is; their own types bring their titles."""
        self._types = tuple(types)
        self._titles.add({each.name: each.title for each in types if each.own})
        self.chooser.set_types(types, {each.name: self._titles.of(each.name) for each in types})

    def title_of(self, name: str) -> str:
        return self._titles.of(name)

    def set_chosen(self, name: str) -> None:
        """What the user says that the document is; an empty string where nothing."""
        self.chooser.set_chosen(name)
        if name != self._chosen:
            self._chosen = name
            self._build()

    def set_progress(self, progress: Progress | None) -> None:
        self.progress.set_progress(progress)

    def set_state(self, state: State, sentence: str = "") -> None:
        self._state = state
        if state != "ready":
            self._classification = None
            self._build()
        if state != "loading":
            self.progress.set_progress(None)
        self._show(sentence)

    def set_current(self, evidence: Evidence | None) -> None:
        """Mark the sentence that the page shows; no signal follows."""
        for shown, row in self._rows:
            row.set_current(shown is evidence)

    # --- what is shown ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.column.clear()
        self._rows = []
        found = self._classification
        if found is None or not found.scores:
            return
        sizes = self._look.sizes
        head = QWidget()
        block = QVBoxLayout(head)
        block.setContentsMargins(sizes.grid + 2, sizes.grid, sizes.grid + 2, sizes.pad)
        block.setSpacing(sizes.grid)
        shown = self._chosen or found.label
        title = label(tr("Unsure") if shown is None else self._titles.of(shown), "heading")
        block.addWidget(title)
        if self._chosen:
            best = found.scores[0]
            words = tr("You set this type. The model: {type}, {score}.", type=self._titles.of(best.label),
                       score=score_text(best.score))  # fmt: skip
            block.addWidget(FlowText(self._look, words, role="secondary", color="muted"))
        elif found.label is None:
            why = tr("No type fits this document well enough to name it. These come closest.")
            block.addWidget(FlowText(self._look, why, role="secondary", color="muted"))
        else:
            top = next((s.score for s in found.scores if s.label == found.label), found.scores[0].score)
            why = tr("The model is {certainty} of this type: {score}.", certainty=certainty(top), score=f"{top:.2f}")
            block.addWidget(FlowText(self._look, why, role="secondary", color="muted"))
        block.addSpacing(sizes.gap)
        block.addLayout(self._bars(found))
        self.column.add(head)
        if found.evidence:
            heading = QLabel(tr("Sentences that decided"))
            heading.setProperty("role", "strong")
            heading.setContentsMargins(sizes.grid + 2, sizes.gap, 0, sizes.grid)
            self.column.add(heading)
            self._add_evidence(found.evidence)

    def _bars(self, found: Classification) -> QGridLayout:
        sizes = self._look.sizes
        grid = QGridLayout()
        grid.setHorizontalSpacing(sizes.pad)
        grid.setVerticalSpacing(sizes.gap)
        grid.setColumnStretch(1, 1)
        shown = [s for s in found.scores if s.score >= _SMALL][:_SHOWN]
        for row, score in enumerate(shown):
            chosen = score.label == found.label
            name = ElidedLabel(self._titles.of(score.label), role="strong" if chosen else "")
            name.setMaximumWidth(sizes.control * 5)
            bar = ThinBar(self._look, tr("Probability of {type}", type=self._titles.of(score.label)))
            bar.set_fraction(score.score)
            bar.set_fill("accent" if chosen else "muted")
            number = label(f"{score.score:.2f}", "secondary")
            number.setToolTip(score_text(score.score))
            grid.addWidget(name, row, 0)
            grid.addWidget(bar, row, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(number, row, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        rest = len(found.scores) - len(shown)
        if rest:
            others = count(rest, "{n} other type is less probable", "{n} other types are less probable")
            line = label(others, "secondary")
            names = tr(", ").join(self._titles.of(s.label) for s in found.scores[len(shown) :])
            line.setToolTip(names)
            grid.addWidget(line, len(shown), 0, 1, 3)
        return grid

    def _add_evidence(self, evidence: tuple[Evidence, ...]) -> None:
        sizes = self._look.sizes
        chips = []
        for item in evidence:
            row = RowButton(
                self._look, tr("Page {page}: {sentence}", page=item.page, sentence=item.text), self.column.content
            )
            row.setToolTip(tr("Go to this sentence on page {page}", page=item.page))
            chip = PageLabel(self._look, item.page)
            text = FlowText(self._look, item.text, max_lines=4)
            row.adopt(chip, text)
            line = QHBoxLayout(row)
            line.setContentsMargins(sizes.grid + 2, sizes.gap, sizes.grid + 2, sizes.gap)
            line.setSpacing(sizes.gap)
            line.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(text, 1)
            row.clicked.connect(lambda _=False, item=item: self._activate(item))
            self._offer_why(row, item)
            self.column.add(row)
            self._rows.append((item, row))
            chips.append(chip)
        width = max(chip.sizeHint().width() for chip in chips)
        for chip in chips:
            chip.setFixedWidth(max(width, sizes.control))

    def _offer_why(self, row: RowButton, item: Evidence) -> None:
        found = self._classification
        if found is not None and found.scores:
            kind = found.scores[0].label
            offer_menu(
                row,
                (
                    (tr("Go to this sentence"), lambda: self._activate(item)),
                    (tr("Why this sentence?"), lambda: self.why_requested.emit(kind, item, row)),
                ),
            )

    def _activate(self, evidence: Evidence) -> None:
        self.set_current(evidence)
        self.evidence_activated.emit(evidence)

    def _show(self, sentence: str = "") -> None:
        show = self.state_view.show_state
        if self._state == "failed":
            show("error", sentence or tr("The document type could not be found."), tr("Try again"))
        elif self._state == "loading":
            show("type", tr("The document type appears here when the document has been read."))
        elif self._state == "none":
            show("type", tr("Open a document to see what kind of document it is."))
        elif self._classification is None or not self._classification.scores:
            show("type", tr("There is nothing to go by: the document has no text."))
        else:
            self._stack.setCurrentWidget(self.column)
            return
        self._stack.setCurrentWidget(self.state_view)
