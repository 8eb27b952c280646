"""Data: what there is to learn from, how it is divided by document, and whether that is enough."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from assistant.training.flow import Check, DataState, Place, Side, SplitDocument
from ui.i18n import count, number_text, tr
from ui.models.training import Names
from ui.views.widgets import Cell, DataTable, Head, LinkButton, Look, ProgressRow, SegmentedSwitch, label
from ui.wizard.checks import CheckCard, check_text
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, Foot, Page
from ui.wizard.words import side_title

_SIDES: tuple[Side, ...] = ("train", "validation", "test")
_DOCUMENTS = 6


class DataPage(Page):
    step = "data"
    place_requested = Signal(object)
    """:class:`Place`."""
    label_requested = Signal(str)
    """``queue`` or ``disagreements``: what the user should see to label more."""

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        sizes = look.sizes
        self.progress = ProgressRow(look)
        self.body.addWidget(self.progress)
        self.checks: list[CheckCard] = []
        self._checks = QWidget()
        self._check_column = QVBoxLayout(self._checks)
        self._check_column.setContentsMargins(0, 0, 0, 0)
        self._check_column.setSpacing(sizes.gap)
        self.body.addWidget(self._checks)
        self.classes = DataTable(
            look, tr("Labels by class"),
            [
                Head(tr("Type"), tr("Space leaves a type out, or takes it in again"), stretch=True),
                Head(tr("Learn"), tr("Labels in the documents that the model learns from"), width=76),
                Head(tr("Check"), tr("Labels in the documents that say when training is best"), width=76),
                Head(tr("Test"), tr("Labels in the held-out documents, which the result is measured on"), width=76),
                Head(tr("Documents"), width=104),
                Head(tr("More labels"), tr("How many more make sense"), width=150),
            ], most=9,
        )  # fmt: skip
        self.classes.toggled.connect(self._toggle_class)
        self.body.addWidget(self.classes)
        self.seed = QLineEdit()
        self.seed.setFixedWidth(72)
        self.seed.setAccessibleName(tr("Seed of the division"))
        self.seed.setToolTip(tr("The same seed divides the same documents in the same way"))
        self.seed.returnPressed.connect(self._split_by_seed)
        self.split = QPushButton(tr("Divide anew"))
        self.split.setToolTip(tr("Divide the documents by another seed"))
        self.split.clicked.connect(lambda: model.do(lambda wizard, ctx: wizard.new_split()))
        self.files = QPushButton(tr("Add data files…"))
        self.files.setToolTip(tr("Files of JSON Lines with more examples. They are learned from, never tested on."))
        self.files.clicked.connect(self._choose_files)
        self.no_files = LinkButton(tr("Without the files"))
        self.no_files.clicked.connect(lambda: model.do(lambda wizard, ctx: wizard.add_files((), ctx)))
        self.documents_title = label(role="strong")
        row = QHBoxLayout()
        row.setSpacing(sizes.gap)
        row.addWidget(self.documents_title)
        row.addStretch(1)
        for part in (self.no_files, self.files, label(tr("Seed"), "secondary"), self.seed, self.split):
            row.addWidget(part)
        self.body.addLayout(row)
        self.documents = DataTable(
            look, tr("Documents"),
            [
                Head(tr("Document"), tr("Space leaves a document out, or takes it in again"), stretch=True),
                Head(tr("Side"), width=110), Head(tr("Labels"), width=80),
                Head(tr("Examples"), tr("What is made of the labels: sentences, passages, or the document"), width=96),
            ], most=_DOCUMENTS,
        )  # fmt: skip
        self.documents.toggled.connect(self._toggle_document)
        self.documents.row_changed.connect(self._show_side)
        self.documents.row_activated.connect(self._open_document)
        self.body.addWidget(self.documents)
        self.side = SegmentedSwitch(look, tr("Side of the chosen document"))
        for side in _SIDES:
            self.side.add(side, side_title(side))
        self.side.setFixedWidth(sizes.wizard_rail + sizes.control)
        self.side.changed.connect(self._move)
        self.side_hint = label(role="secondary")
        move = QHBoxLayout()
        move.setSpacing(sizes.gap)
        move.addWidget(self.side)
        move.addWidget(self.side_hint, 1)
        self.body.addLayout(move)
        self._showing = False
        self._shown: tuple[DataState, Names] | None = None
        model.progress.connect(self._on_progress)

    # --- showing ---

    def enter(self) -> None:
        if self._model.state.data is None:
            self._model.prepare()

    def _on_progress(self, progress: object) -> None:
        if self._model.state.step == "data" and self._model.state.data is None:
            self.progress.set_progress(progress)  # type: ignore[arg-type]
        else:
            self.progress.set_progress(None)

    def show_state(self, state: Snapshot) -> None:
        data, shown = state.data, state.data is not None
        for part in (
            self.classes, self.documents, self.documents_title, self.seed, self.split, self.files, self.side,
            self.side_hint, self._checks,
        ):  # fmt: skip
            part.setVisible(shown)
        self.no_files.setVisible(data is not None and bool(data.files))
        if data is None:
            self.say(tr("Looking at your labels"), tr("They are divided by document, and checked."))
            return
        self._say(data, state)
        for part in (self.seed, self.split, self.files, self.side, self.no_files):
            part.setEnabled(state.prepared)
        names = self._model.training.names
        if self._shown is not None and self._shown[0] is data and self._shown[1] == names:
            return
        self._shown = data, names
        self._show_checks(data, state)
        self._show_classes(data, state)
        self._show_documents(data)

    def _say(self, data: DataState, state: Snapshot) -> None:
        stop = next((check for check in data.checks if check.severity == "stop"), None)
        labels = sum(row.total for row in data.classes if not row.left_out)
        heading = tr(
            "{labels} to learn from and to test on", labels=count(labels, "{n} label", "{n} labels")
        ) if stop is None else tr("These labels cannot be trained on yet")  # fmt: skip
        sides = {side: sum(1 for row in data.documents if row.side == side and not row.left_out) for side in _SIDES}
        sentence = tr(
            "{learn} to learn from, {check} to check on while training, {test} held out for the test. No document is "
            "on two sides.",
            learn=count(sides["train"], "{n} document", "{n} documents"),
            check=number_text(sides["validation"]),
            test=number_text(sides["test"]),
        )
        if data.replay:
            sentence += " " + tr("{n} earlier examples are at hand against forgetting.", n=number_text(data.replay))
        if not state.prepared:
            sentence = tr("This is what the run was started with.") + " " + sentence
        self.say(heading, sentence)

    def _show_checks(self, data: DataState, state: Snapshot) -> None:
        for card in self.checks:
            card.hide()
            card.deleteLater()
        self.checks = []
        for check in data.checks:
            card = CheckCard(self._look, check, check_text(check, state, self._model.training.names), state)
            card.fix_requested.connect(lambda check=check: self._fix(check))
            card.place_activated.connect(self.place_requested)
            card.set_fixable(state.prepared)
            self._check_column.addWidget(card)
            self.checks.append(card)

    def _show_classes(self, data: DataState, state: Snapshot) -> None:
        names, theme = self._model.training.names, self._look.theme
        rows = []
        for row in data.classes:
            color = "muted" if row.left_out else "text"
            more = tr("left out") if row.left_out else (
                tr("{n} more would help", n=number_text(row.needed)) if row.needed else tr("enough")
            )  # fmt: skip
            tip = tr("The model does not know this type yet") if row.new else ""
            title = names.of(state.task, row.label)
            dot = theme.entity_token(row.label) if state.task == "entities" else ""
            rows.append(
                [
                    Cell(tr("{name} · new", name=title) if row.new else title, color, not row.left_out, dot, tip,
                         check=not row.left_out),
                    *(Cell(number_text(value), color if value else "muted") for value in
                      (row.train, row.validation, row.test, row.documents)),
                    Cell(more, "muted" if row.left_out or not row.needed else "warn"),
                ]
            )  # fmt: skip
        self.classes.set_rows(rows)

    def _show_documents(self, data: DataState) -> None:
        self.seed.setText(str(data.seed))
        title = count(len(data.documents), "{n} document", "{n} documents")
        if data.files:
            title += " · " + count(len(data.files), "{n} data file", "{n} data files")
        self.documents_title.setText(title)
        colors = {"train": "text", "validation": "muted", "test": "accent"}
        self.documents.set_rows(
            [
                [
                    Cell(row.title, "muted" if row.left_out else "text", tip=str(row.path), check=not row.left_out),
                    Cell(tr("left out") if row.left_out else side_title(row.side),
                         "muted" if row.left_out else colors[row.side], row.side == "test"),
                    Cell(number_text(row.labels), "muted" if row.left_out else "text"),
                    Cell(number_text(row.rows), "muted"),
                ]
                for row in data.documents
            ]
        )  # fmt: skip
        if self.documents.current_row < 0 and data.documents:
            self.documents.choose(0)
        self._show_side(self.documents.current_row)

    def _document(self, row: int) -> SplitDocument | None:
        data = self._model.state.data
        return data.documents[row] if data is not None and 0 <= row < len(data.documents) else None

    def _show_side(self, row: int) -> None:
        document = self._document(row)
        if document is None:
            return
        self._showing = True
        self.side.set_current(document.side)
        self._showing = False
        self.side_hint.setText(tr("Side of “{name}”. Enter opens the document.", name=document.title))

    def foot(self, state: Snapshot) -> Foot:
        data = state.data
        stop = state.blocked.get("method")
        tip = check_text(stop, state, self._model.training.names) if stop is not None else ""
        others: tuple[Button, ...] = ()
        if data is not None and not state.prepared:
            others = (Button(tr("Look at the labels anew"), self._model.prepare,
                             tip=tr("Prepare another run, with the labels as they are now")),)  # fmt: skip
        return Foot(Button(tr("Continue"), self._model.next, data is not None and data.ready, tip), others)

    # --- what the user does ---

    def _fix(self, check: Check) -> None:
        if check.fix == "label_more":
            self.label_requested.emit("queue")
        elif check.fix == "review":
            self.label_requested.emit("disagreements")
        elif check.fix == "open_document":
            paper = self._model.state.papers.get(check.documents[0]) if check.documents else None
            if paper is not None:
                self.place_requested.emit(Place(check.documents[0], paper.path, paper.title, 0, 0, ""))
        else:
            self._model.do(lambda wizard, ctx: wizard.fix(check))

    def _toggle_class(self, row: int) -> None:
        data = self._model.state.data
        if data is None or not self._model.state.prepared:
            return
        chosen = data.classes[row].label
        out = [item.label for item in data.classes if item.left_out != (item.label == chosen)]
        self._model.do(lambda wizard, ctx: wizard.leave_out(labels=out))

    def _toggle_document(self, row: int) -> None:
        data, chosen = self._model.state.data, self._document(row)
        if data is None or chosen is None or not self._model.state.prepared:
            return
        out = [item.document for item in data.documents if item.left_out != (item.document == chosen.document)]
        self._model.do(lambda wizard, ctx: wizard.leave_out(documents=out))

    def _move(self, side: str) -> None:
        document = self._document(self.documents.current_row)
        wanted = next(name for name in _SIDES if name == side)
        if self._showing or document is None or document.side == wanted:
            return
        self._model.do(lambda wizard, ctx: wizard.move(document.document, wanted))

    def _open_document(self, row: int) -> None:
        document = self._document(row)
        if document is not None:
            self.place_requested.emit(Place(document.document, document.path, document.title, 0, 0, ""))

    def _split_by_seed(self) -> None:
        text = self.seed.text().strip()
        if text.isdecimal():
            seed = int(text)
            self._model.do(lambda wizard, ctx: wizard.new_split(seed))
        elif (data := self._model.state.data) is not None:
            self.seed.setText(str(data.seed))

    def _choose_files(self) -> None:
        names = tr("Data files ({patterns})", patterns="*.jsonl *.jsonl.gz") + ";;" + tr("All files (*)")
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add data files"), "", names)
        data = self._model.state.data
        if paths and data is not None:
            files = [*data.files, *(Path(path) for path in paths)]
            self._model.do(lambda wizard, ctx: wizard.add_files(files, ctx))
