"""Privacy: what is kept on this computer, where and how much; of which documents; and how it is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.errors import UserError
from assistant.jobs import JobContext
from ui.dialogs.confirm import ConfirmDialog, ask
from ui.i18n import count, error_message, number_text, tr
from ui.jobs import Job, JobList, Work
from ui.views.widgets import Cell, Column, DataTable, Dot, FlowText, Head, Look, TickBox, label, resize_on_screen

if TYPE_CHECKING:
    from assistant.engine import Connections, Engine, Holding, KnownDocument

_MOST_DOCUMENTS = 8


class PrivacyDialog(QDialog):
    """Not modal. All that it does is done in jobs, after which it shows how things are.

    ``erasing(str)``: a document (SHA-256) is about to be deleted: its tabs are to be closed. ``erased()``.
    """

    erasing = Signal(str)
    erased = Signal()
    bug = Signal(object)

    def __init__(self, look: Look, engine: Engine, jobs: JobList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._engine, self._jobs = look, engine, jobs
        self.holdings: Sequence[Holding] = ()
        self.documents: Sequence[KnownDocument] = ()
        sizes = look.sizes
        self.setWindowTitle(tr("Privacy"))
        self.setModal(False)
        resize_on_screen(self, sizes.dialog_wide, sizes.window_min_height + sizes.dialog_side)
        scroll = Column(tr("Privacy"))
        scroll.body.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        scroll.body.setSpacing(sizes.gap)
        scroll.add(label(tr("Privacy"), "heading"))
        self._dot = Dot(look)
        self.connections = FlowText(look)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(sizes.gap)
        row.addWidget(self._dot)
        row.addWidget(self.connections, 1)
        scroll.add(line)
        self.said = FlowText(look, color="muted")
        self.said.hide()
        scroll.add(self.said)

        scroll.add(_space(sizes.gap))
        scroll.add(label(tr("What is kept on this computer"), "strong"))
        self.table = DataTable(
            look,
            tr("What is kept on this computer"),
            [Head(tr("What"), stretch=True), Head(tr("Size"), width=90), Head(tr("Folder"), width=320)],
        )
        self.table.row_changed.connect(lambda _: self._enable())
        self.table.row_activated.connect(lambda _: self._open_folder())
        scroll.add(self.table)
        self.folder_button = self._button(tr("Open the folder"), tr("Show where these files lie"))
        self.folder_button.clicked.connect(self._open_folder)
        self.log_button = self._button(tr("Empty the log"), tr("Delete what the log says until now"))
        self.log_button.clicked.connect(self._clear_log)
        self.clear_button = self._button(
            tr("Clear all…"), tr("Forget all recent documents with their texts and results; labels and models stay")
        )
        self.clear_button.setProperty("kind", "danger")
        self.clear_button.clicked.connect(self._ask_clear)
        scroll.add(_row(sizes.gap, self.folder_button, self.log_button, None, self.clear_button))

        scroll.add(_space(sizes.gap))
        scroll.add(label(tr("Documents that are known"), "strong"))
        self.list = DataTable(
            look,
            tr("Documents that are known"),
            [
                Head(tr("Document"), stretch=True),
                Head(tr("Text and results"), width=130),
                Head(tr("Labels and notes"), width=130),
            ],
            most=_MOST_DOCUMENTS,
        )
        self.list.row_changed.connect(lambda _: self._enable())
        self.list.row_activated.connect(lambda _: self._ask_erase())
        scroll.add(self.list)
        self.erase_button = self._button(
            tr("Delete everything about this document…"),
            tr("Its name, place, text and results are taken out of all files. The document itself stays."),
        )
        self.erase_button.setProperty("kind", "danger")
        self.erase_button.clicked.connect(self._ask_erase)
        scroll.add(_row(sizes.gap, None, self.erase_button))

        close = self._button(tr("Close"), tr("Close this window (Esc)"))
        close.setProperty("kind", "primary")
        close.clicked.connect(self.accept)
        foot = QWidget()
        foot.setProperty("role", "foot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        ending = QHBoxLayout(foot)
        ending.setContentsMargins(sizes.pad_dialog, sizes.pad, sizes.pad_dialog, sizes.pad)
        ending.addStretch(1)
        ending.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(foot)
        self._enable()
        self.reload()

    def reload(self) -> None:
        """Look anew at what is kept."""
        engine = self._engine

        def look(ctx: JobContext) -> tuple[Sequence[Holding], Sequence[KnownDocument], Connections]:
            return engine.privacy.holdings(), engine.known_documents(), engine.connections()

        self._run(look, "").succeeded.connect(lambda found: self._show_all(*found))

    def show_connections(self, found: Connections) -> None:
        self._dot.set_token("warn" if found.sockets else "good")
        self.connections.set_text(connections_text(found))

    def _show_all(self, holdings: Sequence[Holding], documents: Sequence[KnownDocument], found: Connections) -> None:
        self.show_connections(found)
        self.holdings, self.documents = holdings, documents
        names = _names()
        self.table.set_rows(
            [
                (
                    Cell(names[held.kind][0], tip=names[held.kind][1]),
                    Cell(size_text(held.bytes), color="text" if held.bytes else "muted"),
                    Cell(str(held.folder), color="muted", tip=str(held.folder)),
                )
                for held in holdings
            ]
        )
        self.list.set_rows(
            [
                (
                    Cell(known.path.name if known.path else tr("Without a file of its own"), tip=str(known.path or "")),
                    Cell(size_text(known.bytes), color="text" if known.bytes else "muted"),
                    Cell(number_text(known.labels) if known.labels else ""),
                )
                for known in documents
            ]
        )
        self._enable()

    # --- what can be done ------------------------------------------------------------------------------------

    def _open_folder(self) -> None:
        row = self.table.current_row
        if 0 <= row < len(self.holdings):
            folder = self.holdings[row].folder
            there: Path = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(there)))

    def _clear_log(self) -> None:
        engine = self._engine
        job = self._run(lambda ctx: engine.privacy.clear_log(), tr("Emptying the log"))
        job.succeeded.connect(lambda _: self._done(tr("The log is empty.")))

    def _ask_clear(self) -> None:
        dialog = ConfirmDialog(
            self._look,
            tr("Clear all?"),
            tr(
                "The list of recent documents, their places, texts and results are deleted. They can be made again "
                "from the documents. Labels, notes, models and settings stay."
            ),
            tr("Clear all"),
            parent=self,
        )
        ask(dialog, self.clear)

    def clear(self) -> None:
        """Forget all recent documents and all results."""
        engine = self._engine
        job = self._run(lambda ctx: engine.clear_recent(), tr("Clearing"))
        job.succeeded.connect(lambda _: self._done(tr("Recent documents, texts and results are deleted.")))

    def _ask_erase(self) -> None:
        row = self.list.current_row
        if not 0 <= row < len(self.documents):
            return
        known = self.documents[row]
        name = known.path.name if known.path else tr("Without a file of its own")
        dialog = ConfirmDialog(
            self._look,
            tr("Delete everything about this document?"),
            tr(
                "What Docent knows of {name} is taken out of all its files: name, place, text and results. The "
                "document itself is not touched.",
                name=name,
            ),
            tr("Delete"),
            parent=self,
        )
        tick = TickBox(
            self._look, count(known.labels, "Its {n} label or note as well", "Its {n} labels and notes as well")
        )
        tick.setToolTip(tr("Also training runs that hold sentences of it. What you made cannot be made again."))
        tick.setVisible(bool(known.labels))
        column = dialog.layout()
        if isinstance(column, QVBoxLayout):
            column.insertWidget(2, tick)
        dialog.accepted.connect(lambda: self.erase(known.sha256, labels=tick.isChecked()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def erase(self, sha256: str, *, labels: bool) -> None:
        """Delete everything about a document; ``labels``: and what the user said of it."""
        self.erasing.emit(sha256)
        engine = self._engine
        job = self._run(lambda ctx: engine.erase(sha256, labels=labels), tr("Deleting a document's traces"))
        job.succeeded.connect(self._on_erased)

    def _on_erased(self, left: tuple[Path, ...]) -> None:
        sentence = tr("Nothing of the document is left in the files of Docent.")
        if left:
            names = tr(", ").join(path.name for path in left)
            sentence = tr(
                "Deleted, but these copies of damaged files could not be looked through: {names}. Delete them "
                "yourself if you do not need them.",
                names=names,
            )
        self._done(sentence)

    def _done(self, sentence: str) -> None:
        self._say(sentence)
        self.erased.emit()
        self.reload()

    def _say(self, sentence: str, color: str = "muted") -> None:
        self.said.set_text(sentence)
        self.said.setVisible(bool(sentence))

    def _run(self, work: Work, title: str) -> Job:
        job = self._jobs.start(title, work, self, quiet=not title)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._enable)
        return job

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self._say(error_message(error))
        else:
            self.bug.emit(error)

    def _enable(self) -> None:
        self.folder_button.setEnabled(self.table.current_row >= 0)
        self.erase_button.setEnabled(self.list.current_row >= 0)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        return button


def connections_text(found: Connections) -> str:
    """The sentence of the indicator."""
    processes = count(found.processes, "{n} process", "{n} processes")
    if found.sockets:
        sockets = count(found.sockets, "{n} network connection is open", "{n} network connections are open")
        return tr("{sockets}, in {processes} of Docent.", sockets=sockets, processes=processes)
    sentence = tr(
        "No network connection is open: the system lists 0 sockets for {processes} of Docent.", processes=processes
    )
    if found.unseen:
        sentence += " " + count(found.unseen, "{n} process could not be seen.", "{n} processes could not be seen.")
    return sentence


def size_text(size: int) -> str:
    """``1.2 MB``; ``0`` for nothing."""
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat) if size else "0"


def _names() -> dict[str, tuple[str, str]]:
    return {
        "recent": (tr("Recent documents and places"), tr("Which files you opened, and where you left off")),
        "results": (tr("Texts and results"), tr("The text of documents and what was found in them, to open at once")),
        "labels": (tr("Labels and notes"), tr("What you said of documents, with the text that it stands in")),
        "runs": (tr("Training runs"), tr("What models were trained on, and how that went")),
        "models": (tr("Models of your own"), tr("Models that you trained or imported")),
        "settings": (tr("Settings"), tr("What you chose in Preferences, and the place of the window")),
        "copies": (tr("Copies of older and damaged files"), tr("Kept so that nothing is lost")),
        "cache": (tr("Other temporary files"), tr("Made again when they are needed")),
        "log": (tr("Log"), tr("What the program did; it holds no document's text")),
    }


def _space(height: int) -> QWidget:
    space = QWidget()
    space.setFixedHeight(height)
    return space


def _row(gap: int, *widgets: QWidget | None) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, gap)
    row.setSpacing(gap)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    if None not in widgets:
        row.addStretch(1)
    return line
