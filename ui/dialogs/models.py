"""The models: every version with what it came from, which one is in use, and what can be done with each."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.errors import UserError
from assistant.jobs import JobContext
from assistant.training.flow import Comparison, RunState, Version, Workshop
from ui.dialogs.confirm import ConfirmDialog, ask
from ui.i18n import count, error_message, tr
from ui.jobs import Job
from ui.models.training import Training, task_title
from ui.views.widgets import (
    Card,
    Cell,
    ChoiceField,
    Column,
    DataTable,
    FlowText,
    Head,
    Look,
    ProgressRow,
    label,
    resize_on_screen,
)

_MAIN = ("held-out/f1", "test/f1", "f1", "accuracy")
_METRICS = 14


class ModelsWindow(QWidget):
    """A window of its own. All that it does is done by jobs; the list follows."""

    closed = Signal()
    retrain_requested = Signal(object)
    """:class:`Version`: train with the labels that there were when it was made."""
    bug = Signal(object)

    def __init__(self, look: Look, training: Training, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._look, self._training = look, training
        self.versions: tuple[Version, ...] = ()
        self._comparison: Comparison | None = None
        self._filling = False
        self._asked = 0
        sizes = look.sizes
        self.setWindowTitle(tr("Models – Docent"))
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(sizes.window_min_width, sizes.window_min_height)
        resize_on_screen(self, sizes.wizard_width, sizes.wizard_height)
        scroll = Column(tr("Models"))
        scroll.body.setContentsMargins(sizes.wizard_pad, sizes.pad_dialog, sizes.wizard_pad, sizes.pad_dialog)
        scroll.body.setSpacing(sizes.page_gap)
        scroll.add(FlowText(look, tr("Models"), role="heading"))
        scroll.add(
            FlowText(
                look, color="muted",
                text=tr("Each task reads with one of them. What you trained is kept until you delete it."),
            )
        )  # fmt: skip
        self.notice = FlowText(look, color="bad")
        self.notice.hide()
        scroll.add(self.notice)
        self.table = DataTable(
            look, tr("Models"),
            [
                Head(tr("Model"), stretch=True), Head(tr("For"), width=140), Head(tr("State"), width=150),
                Head(tr("Held-out F1"), tr("On the documents that were held out when it was trained"), width=110),
                Head(tr("Made"), width=130), Head(tr("Size"), width=90),
            ], most=9,
        )  # fmt: skip
        self.table.row_changed.connect(lambda _: self._show_version())
        self.table.row_activated.connect(lambda _: self._activate())
        scroll.add(self.table)
        scroll.add(self._make_card())
        self.progress = ProgressRow(look)
        scroll.add(self.progress)
        foot = QWidget()
        foot.setProperty("role", "foot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(foot)
        row.setContentsMargins(sizes.wizard_pad, sizes.page_gap, sizes.wizard_pad, sizes.page_gap)
        row.setSpacing(sizes.gap)
        self.import_button = self._button(tr("Import a folder…"), tr("A folder of Transformers, or an exported one"))
        self.import_button.clicked.connect(self._import)
        self.close_button = self._button(tr("Close"), tr("Close this window (Esc)"))
        self.close_button.clicked.connect(self.close)
        row.addWidget(self.import_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(foot)
        training.run_changed.connect(self._on_run)
        training.model_activated.connect(self._on_activated)
        self.reload()

    def _make_card(self) -> Card:
        look, sizes = self._look, self._look.sizes
        self.card = Card(look)
        self.card.body.setSpacing(sizes.gap)
        self.name = FlowText(look, role="answer", bold=True)
        self.lineage = FlowText(look, color="muted")
        self.labels = FlowText(look, color="muted", max_lines=3)
        self.activate_button = self._button(tr("Activate"), tr("Read documents with it from now on"))
        self.activate_button.setProperty("kind", "primary")
        self.activate_button.clicked.connect(self._activate)
        self.back_button = self._button(tr("Go back"), tr("Back to the version that was active before"))
        self.back_button.clicked.connect(self._roll_back)
        self.rename_button = self._button(tr("Rename…"))
        self.rename_button.clicked.connect(self._rename)
        self.export_button = self._button(tr("Export…"), tr("As a folder that transformers and optimum load"))
        self.export_button.clicked.connect(self._export)
        self.retrain_button = self._button(
            tr("Retrain as of then…"), tr("Opens the wizard without the labels that were made after this version")
        )
        self.retrain_button.clicked.connect(self._retrain)
        self.delete_button = self._button(tr("Delete…"))
        self.delete_button.setProperty("kind", "danger")
        self.delete_button.clicked.connect(self._delete)
        self.other = ChoiceField(look, tr("Compare with"))
        self.other.setMinimumWidth(sizes.wizard_rail)
        self.other.activated.connect(lambda _: self._compare())
        self.metrics = DataTable(
            look, tr("Figures"), [Head(tr("Figure"), stretch=True), Head(tr("This"), width=130),
                                  Head(tr("Compared"), width=130), Head(tr("Difference"), width=110)],
            most=_METRICS,
        )  # fmt: skip
        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.gap)
        for button in (self.activate_button, self.back_button, self.retrain_button, self.rename_button,
                       self.export_button, self.delete_button):  # fmt: skip
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(label(tr("Compare with"), "secondary"))
        buttons.addWidget(self.other)
        self.card.body.addWidget(self.name)
        self.card.body.addWidget(self.lineage)
        self.card.body.addWidget(self.labels)
        self.card.body.addLayout(buttons)
        self.card.body.addWidget(self.metrics)
        self.card.hide()
        return self.card

    @staticmethod
    def _button(title: str, tip: str = "") -> QPushButton:
        button = QPushButton(title)
        button.setToolTip(tip)
        button.setAccessibleName(title)
        return button

    # --- showing ---

    def _on_run(self, run: RunState) -> None:
        if run.published:
            self.reload()

    def _on_activated(self, _task: str) -> None:
        self.reload()

    def reload(self, chosen: str = "") -> None:
        """Read the list anew, with ``chosen`` (or the row as it is) as the current one."""
        self._asked += 1
        number = self._asked
        job = self._training.ask(lambda workshop, _: workshop.versions(), self)
        # An older list may come after a newer one.
        job.succeeded.connect(lambda rows: self._on_versions(rows, chosen) if number == self._asked else None)
        job.failed.connect(self._on_failed)

    @property
    def version(self) -> Version | None:
        row = self.table.current_row
        return self.versions[row] if 0 <= row < len(self.versions) else None

    def _on_versions(self, versions: tuple[Version, ...], chosen: str) -> None:
        before = chosen or (self.version.id if self.version is not None else "")
        self._filling = True
        self.versions = versions
        self.table.set_rows([self._row(row) for row in versions])
        ids = [row.id for row in versions]
        if versions:
            first = next((n for n, row in enumerate(versions) if row.active and not row.shipped), 0)
            self.table.choose(ids.index(before) if before in ids else first)
        self._filling = False
        self._show_version()

    def _row(self, row: Version) -> list[Cell]:
        state = tr("in use") if row.active else tr("came with Docent") if row.shipped else tr("kept")
        score = main_metric(row)
        return [
            Cell(row.title, bold=row.active, tip=row.id),
            Cell(task_title(row.task), "muted"),
            Cell(state, "good" if row.active else "muted", dot="good" if row.active else ""),
            Cell("–" if score is None else f"{score:.3f}"),
            Cell(_date(row.created) if row.created else "–", "muted"),
            Cell(_size(row.size), "muted"),
        ]

    def _show_version(self) -> None:
        row = self.version
        if self._filling:
            return
        self.card.setVisible(row is not None)
        if row is None:
            return
        self.name.set_text(row.title)
        self.lineage.set_text(" · ".join(self._facts(row)))
        names = [self._training.names.of(row.task, name) for name in row.labels]
        self.labels.set_text(tr("Tells: {names}", names=tr(", ").join(names)))
        self.labels.setVisible(bool(names))
        self.activate_button.setEnabled(not row.active)
        self.back_button.setVisible(row.active and not row.shipped)
        self.retrain_button.setVisible(row.documents > 0 and row.created > 0)
        self.delete_button.setEnabled(not row.active and not row.shipped)
        self.delete_button.setToolTip(
            tr("It is in use. Activate another version first.") if row.active
            else tr("It came with Docent and stays.") if row.shipped else tr("Delete this version")
        )  # fmt: skip
        self._fill_others(row)
        comparison = self._comparison
        if comparison is None or comparison.one.id != row.id:
            self._comparison = None
        self._show_metrics(row)

    def _facts(self, row: Version) -> list[str]:
        facts = [row.id]
        if row.parent:
            facts.append(tr("goes on from {parent}", parent=row.parent))
        if row.documents:
            facts.append(
                tr("trained on {documents} of yours", documents=count(row.documents, "{n} document", "{n} documents"))
            )
        if row.created:
            facts.append(_date(row.created))
        facts += [row.precision, row.licence]
        return [fact for fact in facts if fact]

    def _fill_others(self, row: Version) -> None:
        others = [each for each in self.versions if each.task == row.task and each.id != row.id]
        ids = ["", *(each.id for each in others)]
        if [self.other.itemData(n) for n in range(self.other.count())] != ids:
            self.other.clear()
            self.other.addItem(tr("nothing") if others else tr("no other version"), "")
            for each in others:
                self.other.addItem(each.title, each.id)
        self.other.setEnabled(bool(others))

    def _show_metrics(self, row: Version) -> None:
        comparison = self._comparison
        if comparison is None:
            rows = [
                [Cell(self._figure(name)), Cell(_value(name, value), bold=name in _MAIN), Cell("–", "muted"), Cell()]
                for name, value in row.metrics.items()
                if _worth(name, row)
            ]
        else:
            rows = [self._compared(*item) for item in comparison.metrics if _worth(item[0], row)]
            name_of = self._training.names.of
            rows += [
                [Cell(tr("Tells {name}", name=name_of(row.task, name))), Cell(tr("yes") if one else "–"),
                 Cell(tr("yes") if other else "–", "muted"), Cell()]
                for name, one, other in comparison.labels if one != other
            ]  # fmt: skip
        for column in (2, 3):
            self.metrics.setColumnHidden(column, comparison is None)
        self.metrics.setVisible(bool(rows))
        self.metrics.set_rows(rows)

    def _figure(self, name: str) -> str:
        """The name of a figure, in words where it is one of the wizard's."""
        known = {
            "held-out/f1": tr("F1 on the held-out documents"),
            "held-out/documents": tr("Held-out documents"),
            "held-out/f1 of the model before": tr("F1 of the model before, on the same"),
        }
        if name in known:
            return known[name]
        parts = name.split("/")
        if parts[0] == "held-out" and len(parts) == 3 and self.version is not None:
            return tr("F1 of {name}", name=self._training.names.of(self.version.task, parts[1]))
        return " · ".join(parts).replace("_", " ")

    def _compared(self, name: str, one: float | None, other: float | None) -> list[Cell]:
        cell = Cell()
        if one is not None and other is not None and 0 <= one <= 1 and 0 <= other <= 1:
            points = round(100 * (one - other), 1)
            sign = "+" if points > 0 else "−" if points < 0 else ""
            cell = Cell(f"{sign}{abs(points):.1f}", "good" if points > 0 else "warn" if points < 0 else "muted")
        return [
            Cell(self._figure(name)),
            Cell("–" if one is None else _value(name, one), bold=name in _MAIN),
            Cell("–" if other is None else _value(name, other), "muted"),
            cell,
        ]

    # --- what the user does ---

    def _compare(self) -> None:
        row, other = self.version, self.other.currentData()
        if row is None:
            return
        if not other:
            self._comparison = None
            self._show_metrics(row)
            return
        job = self._training.ask(lambda workshop, _: workshop.compare(row.id, other), self)
        job.succeeded.connect(self._on_compared)
        job.failed.connect(self._on_failed)

    def _on_compared(self, comparison: Comparison) -> None:
        self._comparison = comparison
        if self.version is not None and self.version.id == comparison.one.id:
            self._show_metrics(self.version)

    def _activate(self) -> None:
        row = self.version
        if row is not None and not row.active:
            self._do(lambda workshop: workshop.activate(row.id), activated=row.task, chosen=row.id)

    def _roll_back(self) -> None:
        row = self.version
        if row is not None:
            self._do(lambda workshop: workshop.roll_back(row.task), activated=row.task)

    def _retrain(self) -> None:
        if self.version is not None:
            self.retrain_requested.emit(self.version)

    def _rename(self) -> None:
        row = self.version
        if row is None:
            return
        dialog = ConfirmDialog(
            self._look, tr("Rename the model"), tr("Its version, {id}, stays.", id=row.id), tr("Rename"), danger=False,
            field=row.title, parent=self,
        )  # fmt: skip
        ask(dialog, lambda: self._named(row, dialog.field.text()))

    def _named(self, row: Version, title: str) -> None:
        self._do(lambda workshop: workshop.rename(row.id, title), chosen=row.id)

    def _delete(self) -> None:
        row = self.version
        if row is None:
            return
        dialog = ConfirmDialog(
            self._look, tr("Delete this version?"),
            tr("{model} is deleted from this computer and cannot be restored. Export it first if you may need it.",
               model=row.title),
            tr("Delete"), no=tr("Keep it"), parent=self,
        )  # fmt: skip
        ask(dialog, lambda: self._do(lambda workshop: workshop.delete(row.id)))

    def _export(self) -> None:
        row = self.version
        folder = QFileDialog.getExistingDirectory(self, tr("Export into a folder")) if row is not None else ""
        if row is not None and folder:
            self.export_to(row, Path(folder) / row.id.replace("@", "-"))

    def export_to(self, row: Version, folder: Path) -> Job:
        return self._work(tr("Exporting {model}", model=row.title), lambda shop, ctx: shop.export(row.id, folder, ctx))

    def _import(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Import the folder of a model"))
        if folder:
            self.import_from(Path(folder))

    def import_from(self, folder: Path) -> Job:
        return self._work(tr("Importing {name}", name=folder.name), lambda shop, ctx: shop.import_model(folder, ctx))

    def _work(self, title: str, work: object) -> Job:
        """Something that takes its time."""

        def run(workshop: Workshop, ctx: JobContext) -> object:
            return work(workshop, ctx)  # type: ignore[operator]

        self.notice.hide()
        job = self._training.ask(run, self, title)
        job.progress.connect(self.progress.set_progress)
        job.finished.connect(lambda: self.progress.set_progress(None))
        job.failed.connect(self._on_failed)
        job.succeeded.connect(lambda made: self.reload(made.id if isinstance(made, Version) else ""))
        return job

    def _do(self, work: object, *, activated: str = "", chosen: str = "") -> None:
        self.notice.hide()
        job = self._training.ask(lambda workshop, _: work(workshop), self)  # type: ignore[operator]
        job.succeeded.connect(lambda _: self._done(activated, chosen))
        job.failed.connect(self._on_failed)

    def _done(self, activated: str, chosen: str) -> None:
        if activated:
            self._training.model_activated.emit(activated)
        self.reload(chosen)

    def _on_failed(self, error: BaseException) -> None:
        self.notice.set_text(error_message(error))
        self.notice.show()
        if not isinstance(error, UserError):
            self.bug.emit(error)

    # --- the window itself ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()


def main_metric(row: Version) -> float | None:
    """The figure that says most of a model."""
    for name in _MAIN:
        if name in row.metrics:
            return row.metrics[name]
    found = [value for name, value in row.metrics.items() if name.endswith(("/f1", "_f1", "f1")) and 0 <= value <= 1]
    return found[0] if found else None


def _worth(name: str, row: Version) -> bool:
    """The trainer's own measures of the same rows say nothing more."""
    return not (name.startswith(("test-", "held[")) and "held-out/f1" in row.metrics)


def _value(name: str, value: float) -> str:
    return f"{value:.3f}" if 0 <= value <= 1 and "documents" not in name else f"{value:g}"


def _date(seconds: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(round(seconds)).date(), tr("d MMM yyyy"))


def _size(size: int) -> str:
    return tr("{n} MB", n=f"{size / 1_000_000:.0f}")
