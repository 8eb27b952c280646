"""Every panel in every state, for the gallery."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWidget

from assistant.errors import DocumentError
from assistant.jobs import JobContext, Progress
from assistant.types import Entities, ProviderInfo, Summary
from helpers import ui_data as data
from ui.dialogs.error import ErrorDialog
from ui.dialogs.password import PasswordDialog
from ui.jobs import Dispatcher, JobList
from ui.views.ask_panel import AskPanel
from ui.views.entities_panel import EntitiesPanel
from ui.views.entity_card import EntityCard
from ui.views.start_page import StartPage
from ui.views.status_bar import StatusBar
from ui.views.summary_panel import SummaryPanel
from ui.views.type_panel import TypePanel
from ui.views.widgets import Look, SegmentedSwitch

Build = Callable[[Look], QWidget]
SCENES: dict[str, Build] = {}


@dataclass(frozen=True)
class Recent:
    """As :class:`assistant.engine.RecentFile`, without starting the engine."""

    path: Path
    sha256: str
    title: str
    format: str
    pages: int
    page: int
    opened: datetime
    missing: bool
    type: str = ""
    picture: bytes = b""


def scene(build: Build) -> Build:
    SCENES[build.__name__] = build
    return build


def _side(look: Look, panel: QWidget, names: tuple[str, ...], current: str, width: int) -> QWidget:
    """A panel below its switch, as the window shows it."""
    box = QWidget()
    box.setProperty("role", "panel")
    column = QVBoxLayout(box)
    pad = look.sizes.pad
    column.setContentsMargins(0, pad, 0, 0)
    column.setSpacing(pad)
    switch = SegmentedSwitch(look, "Panel")
    for name in names:
        switch.add(name.lower(), name)
    switch.set_current(current.lower())
    head = QVBoxLayout()
    head.setContentsMargins(pad, 0, pad, 0)
    head.addWidget(switch)
    column.addLayout(head)
    column.addWidget(panel, 1)
    box.resize(width, 788)
    return box


def _right(look: Look, panel: QWidget, current: str) -> QWidget:
    return _side(look, panel, ("Summary", "Ask", "Type"), current, 376)


def _left(look: Look, panel: QWidget) -> QWidget:
    return _side(look, panel, ("Pages", "Outline", "Entities"), "Entities", 264)


@scene
def entities(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    found = data.entities()
    panel.set_entities(found)
    panel.set_current(found.entities[0].mentions[1])
    return _left(look, panel)


@scene
def entities_partial(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    panel.set_entities(data.entities(complete=False))
    panel.set_progress(Progress("entities", 12, 28))
    return _left(look, panel)


@scene
def entities_loading(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    panel.set_state("loading")
    panel.set_progress(Progress("entities", 0, 0))
    return _left(look, panel)


@scene
def entities_empty(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    panel.set_entities(Entities((), (), "entities@1"))
    return _left(look, panel)


@scene
def entities_failed(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    panel.set_state("failed", "The model for entities is not installed.")
    return _left(look, panel)


@scene
def entities_no_match(look: Look) -> QWidget:
    panel = EntitiesPanel(look)
    panel.set_entities(data.entities())
    panel.filter.setText("berlin")
    return _left(look, panel)


@scene
def summary(look: Look) -> QWidget:
    panel = SummaryPanel(look)
    found = data.summary(data.document())
    panel.set_summary(found)
    panel.set_current(found.sentences[1].span)
    panel.type_card.set_classification(data.classification())
    return _right(look, panel, "Summary")


@scene
def summary_chinese(look: Look) -> QWidget:
    panel = SummaryPanel(look)
    doc = data.document(data.CHINESE, "采购合同 2024.docx")
    panel.set_summary(data.summary(doc, "detailed", (1, 2, 108)))
    panel.set_progress(Progress("summary", 3, 9))
    panel.type_card.set_classification(data.classification(unsure=True))
    return _right(look, panel, "Summary")


@scene
def summary_loading(look: Look) -> QWidget:
    panel = SummaryPanel(look)
    panel.set_state("loading")
    panel.set_progress(Progress("indexing", 120, 430))
    return _right(look, panel, "Summary")


@scene
def summary_empty(look: Look) -> QWidget:
    panel = SummaryPanel(look)
    panel.set_summary(Summary("short", (), "salience@1"))
    return _right(look, panel, "Summary")


@scene
def summary_failed(look: Look) -> QWidget:
    panel = SummaryPanel(look)
    panel.set_state("failed", "The model for summaries is not installed.")
    return _right(look, panel, "Summary")


def _asked(look: Look) -> AskPanel:
    panel = AskPanel(look)
    doc = data.document()
    panel.set_document(doc)
    panel.set_suggestions(("Who are the parties?", "How can it be terminated?"))
    due = data.invoices_due(doc)
    for answers in (due, data.approves_travel(doc), data.liability_in_dollars(doc)):
        panel.ask(answers.question)
        panel.set_answers(answers)
    panel.set_current(due.answer)
    return panel


@scene
def ask(look: Look) -> QWidget:
    return _right(look, _asked(look), "Ask")


@scene
def ask_states(look: Look) -> QWidget:
    panel = _asked(look)
    panel.cards[1]._pill.setChecked(True)
    panel.ask("How long is the term?")
    panel.set_failed("The model for answers is not installed.")
    panel.ask("谁批准差旅费用？")
    panel.set_progress(Progress("answering", 3, 8))
    box = _right(look, panel, "Ask")
    box.resize(376, 960)
    return box


@scene
def ask_empty(look: Look) -> QWidget:
    panel = AskPanel(look)
    panel.set_document(data.document())
    panel.set_suggestions(
        ("Who are the parties?", "How can it be terminated?", "Which law and which court decide about a dispute here?")
    )
    return _right(look, panel, "Ask")


@scene
def type_sure(look: Look) -> QWidget:
    panel = TypePanel(look)
    panel.set_classification(data.classification())
    return _right(look, panel, "Type")


@scene
def type_unsure(look: Look) -> QWidget:
    panel = TypePanel(look)
    panel.set_classification(data.classification(unsure=True))
    return _right(look, panel, "Type")


_OPEN: list[JobList] = []
_BEHIND: list[QWidget] = []
"""Widgets that a scene needs but does not show."""


def _jobs() -> JobList:
    jobs = JobList(Dispatcher(), threads=3)
    _OPEN.append(jobs)
    return jobs


def close() -> None:
    """End what runs behind the scenes."""
    for jobs in _OPEN:
        jobs.shutdown()
        jobs.dispatcher.close()
    _OPEN.clear()
    for widget in _BEHIND:
        widget.deleteLater()
    _BEHIND.clear()


@scene
def status_done(look: Look) -> QWidget:
    bar = StatusBar(look, _jobs())
    bar.set_provider(ProviderInfo("CPU", "int8", 2, "no CUDA device was found"))
    bar.set_language("en")
    bar.set_done(3.1)
    bar.resize(1440, 28)
    return bar


@scene
def status_running(look: Look) -> QWidget:
    jobs = _jobs()
    bar = StatusBar(look, jobs)
    wait = threading.Event()

    def work(ctx: JobContext) -> None:
        while not wait.wait(0.05):
            ctx.check()

    jobs.start("Summarizing", work, bar)
    jobs.start("Finding entities", work, bar)
    for running in jobs.running():
        running.last_progress = Progress("entities", 12, 28)
    bar.set_provider(ProviderInfo("CPU", "int8", 2))
    bar.set_language("zh")
    bar.resize(1000, 28)
    jobs.changed.emit()
    return bar


@scene
def jobs_popup(look: Look) -> QWidget:
    bar = status_running(look)
    assert isinstance(bar, StatusBar)
    bar.popup.refresh()
    bar.popup.adjustSize()
    _BEHIND.append(bar)
    return bar.popup


@scene
def start_page(look: Look) -> QWidget:
    page = StartPage(look)
    page.resize(1000, 760)
    now = datetime.now().astimezone()
    home = Path("/home/maria/Documents")
    rows = (
        ("Services Agreement.pdf", 28, 4, now, False),
        ("采购合同 2024.docx", 9, 1, now - timedelta(days=1), False),
        ("Q3 Report.pdf", 41, 17, now - timedelta(days=12), False),
        ("Minutes of the extraordinary general meeting of the shareholders, second and final corrected version.pdf",
         6, 1, now - timedelta(days=40), True),
    )  # fmt: skip
    page.set_recent([Recent(home / n, "0", n, "pdf", p, at, t, gone) for n, p, at, t, gone in rows])  # type: ignore[misc]
    page.set_formats(("PDF", "DOCX", "TXT", "Markdown", "HTML"))
    return page


@scene
def start_page_first(look: Look) -> QWidget:
    page = StartPage(look)
    page.resize(1000, 560)
    page.set_formats(("PDF", "DOCX", "TXT", "Markdown", "HTML"))
    return page


@scene
def entity_card(look: Look) -> QWidget:
    card = EntityCard(look)
    found = data.entities().entities[0]
    card.set_mention(found, found.mentions[1])
    card.adjustSize()
    return card


@scene
def password(look: Look) -> QWidget:
    dialog = PasswordDialog(look, Path("/home/maria/Documents/Services Agreement.pdf"))
    dialog.field.setText("secret")
    return dialog


@scene
def password_wrong(look: Look) -> QWidget:
    return PasswordDialog(look, Path("Services Agreement.pdf"), wrong=True)


@scene
def error_bug(look: Look) -> QWidget:
    try:
        raise ValueError("what the document says")
    except ValueError as error:
        dialog = ErrorDialog(look, error)
    dialog.details_button.click()
    return dialog


@scene
def error_user(look: Look) -> QWidget:
    error = DocumentError("damaged_document", path="Services Agreement.pdf")
    return ErrorDialog(look, error, title="This document cannot be opened")
