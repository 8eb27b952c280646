"""The window: tabs above, tool bar, the three parts of the document in front, the status line."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from assistant import settings as keys
from assistant.errors import UserError
from assistant.types import Notice, SummaryLevel
from ui import window_state
from ui.actions import ACTIONS, Actions
from ui.commands import OpenTab, commands_for
from ui.i18n import code_message, tr
from ui.jobs import JobList
from ui.models.formats import FORMATS
from ui.models.session import Session
from ui.theme import Mode
from ui.view_actions import tab_handlers, view_handlers
from ui.views.command_box import Command, CommandBox
from ui.views.document_view import DocumentView
from ui.views.handover import Left, leave, resume
from ui.views.stage import Stage
from ui.views.start_page import StartPage
from ui.views.status_bar import StatusBar
from ui.views.tab_bar import TabRow
from ui.views.toolbar import Toolbar
from ui.views.widgets import Look
from ui.views.window_exports import WindowExports
from ui.views.window_labels import WindowLabels
from ui.views.window_marks import WindowMarks, is_writing
from ui.views.window_tabs import ClosedTabs, Sleeping, still_there, tabs_of
from ui.window_alerts import WindowAlerts
from ui.window_dialogs import WindowDialogs
from ui.window_files import WindowFiles
from ui.window_front import Parts, WindowFront
from ui.window_home import WindowHome
from ui.window_lists import WindowLists
from ui.window_privacy import WindowPrivacy
from ui.window_screen import WindowScreen
from ui.wizard.window_training import WindowTraining

if TYPE_CHECKING:
    from assistant.engine import Engine

_log = logging.getLogger(__name__)
_SHOW_MS = 1
_BUSY_MS = 20


class MainWindow(QMainWindow):
    """Built by :mod:`ui.app`, which owns the engine, the jobs and the pool that it is given."""

    document_added = Signal(object)
    """:class:`DocumentView`."""
    document_closed = Signal()
    """Its widgets end with this turn of the event loop."""
    error_shown = Signal(object)
    """An exception that is a bug, wherever it came from."""

    def __init__(
        self,
        look: Look,
        engine: Engine,
        jobs: JobList,
        pool: Executor,
        sample: Path | None = None,
        changelog: Path | None = None,
    ) -> None:
        super().__init__()
        self._look = look
        self._engine = engine
        self._jobs = jobs
        self._pool = pool
        self._views: list[DocumentView] = []
        self._closed_tabs = ClosedTabs()
        self._adding = False
        self._show_timer = QTimer(self, singleShot=True, interval=_SHOW_MS)
        self._show_timer.timeout.connect(self._show_new)
        sizes = look.sizes
        self.setMinimumSize(sizes.window_min_width, sizes.window_min_height)
        self.lists = WindowLists(engine, jobs, self)
        self.labels = WindowLabels(engine, jobs, lambda: self.view, self)
        self.marks = WindowMarks(look, engine, jobs, lambda: self.view, self)
        self.exports = WindowExports(look, engine, jobs, lambda: self.view, self)
        self.training = WindowTraining(self._look, engine, jobs, self.labels, self)
        self.dialogs = WindowDialogs(look, engine.settings, self)
        self.files = WindowFiles(engine, jobs, sample, self)
        self.home = WindowHome(look, engine, jobs, self.lists, changelog, self)
        self.alerts = WindowAlerts(look, engine, jobs, self.lists, self)
        self.privacy = WindowPrivacy(look, engine, jobs, lambda: self._views, self)
        self.screen_state = WindowScreen(look, engine.settings, lambda: self.front, self)
        self.front = WindowFront(
            look, engine.settings, self.labels, lambda: self._views, lambda: self.view, self._available
        )
        self._build()
        window_state.restore(self, self.splitter, engine.settings, sizes)
        self._wire()
        self._show_current()
        self.lists.load()

    def _build(self) -> None:
        """Everything that has words, or shows something."""
        look = self._look
        own = {
            **view_handlers(self.front.with_view, self.front.show_part),
            **self.front.handlers(),
            **self.screen_state.handlers(),
            **self.files.handlers(),
            **self.home.handlers(),
            **self.privacy.handlers(),
            **self.alerts.handlers(),
            **tab_handlers(lambda: self.tabs),
            **self.labels.handlers(),
            **self.marks.handlers(),
            **self.exports.handlers(),
            **self.training.handlers(),
            **self.dialogs.handlers(),
        }
        handlers = {spec.id: own.get(spec.id) or getattr(self, f"_do_{spec.id}") for spec in ACTIONS}
        self.actions_table = Actions(look, self, handlers)
        command_keys = next(spec.keys[0] for spec in ACTIONS if spec.id == "commands")
        self.command_box = CommandBox(look, self._commands, command_keys)
        self.tab_row = TabRow(look, self.command_box)
        self.tabs = self.tab_row.tabs
        self.toolbar = Toolbar(look, self.actions_table)
        self.start_page = StartPage(look)
        self.status = StatusBar(look, self._jobs)
        self.splitter = Stage(look, self.start_page, self._make_view)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in (self.tab_row, self.toolbar, self.splitter, self.status):
            column.addWidget(row, 1 if row is self.splitter else 0)
        self.setCentralWidget(body)
        self.start_page.sample_button.setVisible(self.files.sample is not None)
        self.start_page.set_formats([tr(name) for name in FORMATS])
        self.tabs.currentChanged.connect(lambda _: None if self._adding else self._show_current())
        self.tabs.close_requested.connect(self._close_index)
        self.tab_row.add_button.clicked.connect(self.files.ask)
        self.start_page.open_requested.connect(self.files.ask)
        self.start_page.sample_requested.connect(self.files.open_sample)
        self.home.attach(self.start_page)
        self.privacy.attach(self.status)
        self.alerts.attach(self.status)
        self.screen_state.attach(self.actions_table, (self.tab_row, self.toolbar, self.status))
        self.front.attach(Parts(self.actions_table, self.toolbar, self.status, self.splitter))

    def _wire(self) -> None:
        """What outlives the widgets."""
        self.labels.mode_changed.connect(self.front.on_labelling)
        self.labels.part_wanted.connect(self.front.show_part)
        self.labels.paths_wanted.connect(self.open_paths)
        for part in (self.marks, self.exports):
            part.said.connect(lambda sentence: self.status.say(sentence))
        self.exports.bug.connect(self.show_error)
        self.training.said.connect(lambda sentence: self.status.say(sentence))
        self.training.said.connect(lambda sentence: self.alerts.toasts.say(sentence))
        self.training.bug.connect(self.show_error)
        self.files.chosen.connect(self.open_paths)
        self.files.bug.connect(self.show_error)
        self.home.chosen.connect(self.open_paths)
        self.privacy.close_wanted.connect(lambda view: self._close_index(self._index_of(view)))
        self.privacy.changed.connect(self.lists.load_recent)
        self.privacy.bug.connect(self.show_error)
        self.home.failed.connect(lambda sentence: self.alerts.toasts.say(sentence, bad=True))
        self.lists.titles_changed.connect(self._on_titles)
        self.lists.provider_changed.connect(lambda provider: self.status.set_provider(provider))
        self._look.theme.changed.connect(self.front.show_theme)
        dispatcher = self._jobs.dispatcher
        self._jobs.idle.connect(self.front.on_idle)
        self._engine.on_notice(lambda notice: dispatcher.post(lambda: self._on_notice(notice)))
        self._follow_settings()

    def _follow_settings(self) -> None:
        """Preferences change them, on this thread; what is on the screen follows at once."""
        settings = self._engine.settings
        modes: dict[object, Mode] = {"light": "light", "dark": "dark"}
        self._subscriptions = [
            settings.subscribe(keys.THEME, lambda mode: self._look.theme.set_mode(modes.get(mode, "system"))),
            settings.subscribe(keys.HIGHLIGHT_ENTITIES, lambda shown: self.front.show_highlights(bool(shown))),
        ]

    def rebuild(self) -> None:
        """Make all widgets anew, in the language that is now set. Documents, places, panels and questions stay."""
        if any(is_writing(view) for view in self._views):
            # A label on its way to the disk belongs to the old views.
            QTimer.singleShot(_BUSY_MS, self, self.rebuild)
            return
        front, sizes = self.tabs.currentIndex(), self.splitter.sizes()
        tabs = [self.tabs.tabData(index) for index in range(self.tabs.count())]
        left = {id(view): leave(view) for view in self._views}
        self._views.clear()
        self.splitter.close_down()
        self.actions_table.remove()
        self.lists.retitle()
        # The body is deleted with all that lies in it; the views are no widgets.
        for tab in (*tabs, self.splitter.spare):
            if isinstance(tab, DocumentView):
                tab.deleteLater()
        self._build()
        self.splitter.setSizes(sizes)
        self._adding = True
        for tab in tabs:
            self._take_over(left[id(tab)] if isinstance(tab, DocumentView) else tab)
        self.tabs.setCurrentIndex(front)
        self._adding = False
        self.front.on_labelling(self.labels.active)
        self.status.set_provider(self.lists.provider)
        self._show_current()
        self.dialogs.rebuild()
        self.privacy.rebuild()
        self.training.rebuild()
        self.splitter.prepare_soon()

    def _take_over(self, tab: Left | Sleeping) -> None:
        if isinstance(tab, Sleeping):
            self.tabs.add(tab.path.name, str(tab.path), tab)
            return
        view = self.splitter.adopt(self._make_view(tab.session))
        self._views.append(view)
        self.tabs.add(tab.session.path.name, str(tab.session.path), view)
        # In its place, so that the pages are laid out in the room that they have.
        self.splitter.show_view(view)
        self.front.show_panels(shown=True)
        view.set_titles(self.lists.titles)
        view.pages.layers.show_entities = self._engine.settings.get(keys.HIGHLIGHT_ENTITIES)
        self.document_added.emit(view)
        resume(view, tab)

    def _on_titles(self, titles: Mapping[str, str]) -> None:
        for view in self._views:
            view.set_titles(titles)

    # --- documents -------------------------------------------------------------------------------------------

    @property
    def look(self) -> Look:
        return self._look

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def views(self) -> Sequence[DocumentView]:
        return self._views

    @property
    def view(self) -> DocumentView | None:
        """The document in front."""
        index = self.tabs.currentIndex()
        data = self.tabs.tabData(index) if index >= 0 else None
        return data if isinstance(data, DocumentView) else None

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open files in tabs; one that is open already comes to the front."""
        for path in paths:
            path = path.expanduser()
            path = path if path.is_absolute() else Path.cwd() / path
            paths_open = self._tab_paths()
            if path in paths_open:
                self.tabs.setCurrentIndex(paths_open.index(path))
            else:
                self._add(path)

    def reopen_tabs(self) -> None:
        """Tabs for the documents that were open the last time; only the one in front is opened at once."""
        paths, front = tabs_of(self._engine.settings.get(keys.OPEN_TABS))
        if not paths or not self._engine.settings.get(keys.RESTORE_TABS):
            return
        wanted = paths[front]
        job = self._jobs.start("", lambda ctx: still_there(paths), self, quiet=True)
        job.succeeded.connect(lambda there: self._show_tabs_again(there, wanted))

    def _show_tabs_again(self, paths: Sequence[Path], front: Path) -> None:
        if not paths or self.tabs.count():
            # The user was faster.
            return
        chosen = paths.index(front) if front in paths else 0
        self._adding = True
        for path in paths:
            self.tabs.add(path.name, str(path), Sleeping(path))
        self.tabs.setCurrentIndex(chosen)
        self._adding = False
        self._show_current()

    def _tab_paths(self) -> list[Path]:
        tabs = [self.tabs.tabData(index) for index in range(self.tabs.count())]
        return [tab.session.path if isinstance(tab, DocumentView) else cast(Sleeping, tab).path for tab in tabs]

    def _index_of(self, view: DocumentView) -> int:
        return next(index for index in range(self.tabs.count()) if self.tabs.tabData(index) is view)

    def _make_view(self, session: Session | None = None) -> DocumentView:
        session = session or Session(self._engine, self._jobs)
        labels = self.labels.session()
        view = DocumentView(self._look, session, labels, self._jobs.dispatcher, self._pool, self.lists.titles, self)
        self.labels.adopt(view)
        self.marks.adopt(view)
        self.exports.adopt(view)
        self.home.follow(session)
        session.password_required.connect(lambda error: self.dialogs.ask_password(view, error))
        session.analyses_ended.connect(lambda: self._on_analysed(view))
        view.state_changed.connect(lambda: self.front.on_state(view))
        view.page_changed.connect(lambda page: self.front.on_page(view, page))
        view.zoom_changed.connect(lambda zoom: self.front.on_zoom(view, zoom))
        view.level_chosen.connect(lambda level: self._engine.settings.set(keys.SUMMARY_LEVEL, level))
        view.retry_requested.connect(lambda: self._retry(view))
        view.attachment_chosen.connect(lambda attachment: self.files.open_attachment(view, attachment))
        view.bug.connect(self.show_error)
        return view

    def _add(self, path: Path, at: int = -1) -> None:
        """Open a file in a new tab: at the end, or at the index ``at``."""
        settings = self._engine.settings
        view = self.splitter.take()
        chosen = settings.get(keys.ZOOM)
        zoom = 1.0 if chosen == "actual" else chosen
        self.splitter.show_view(view)
        self.front.show_panels(shown=True)
        # Who comes back to a document may have left off at any page.
        recent = self.lists.recent
        new = recent is not None and all(path != each.path for each in recent)
        view.begin(path, zoom, ahead=new)
        view.start(path, cast(SummaryLevel, settings.get(keys.SUMMARY_LEVEL)), zoom)
        view.set_titles(self.lists.titles)
        view.pages.layers.show_entities = settings.get(keys.HIGHLIGHT_ENTITIES)
        self._views.append(view)
        self._adding = True
        index = self.tabs.add(path.name, str(path), view)
        if 0 <= at < index:
            self.tabs.moveTab(index, at)
            index = at
        self.tabs.setCurrentIndex(index)
        self._adding = False
        self.document_added.emit(view)
        # First the threads that open the file get their turn: laying out and painting would hold them up.
        self._show_timer.start()

    def _show_new(self) -> None:
        self._show_current()
        view = self.view
        if view is not None:
            view.foresee()
            # Not the next button, where the focus goes from the start page.
            view.centre.setFocus(Qt.FocusReason.OtherFocusReason)

    def _retry(self, view: DocumentView) -> None:
        view.show_opening()
        view.session.start()

    def _close_index(self, index: int) -> None:
        tab = self.tabs.tabData(index)
        self._closed_tabs.add(self._tab_paths()[index], index)
        if isinstance(tab, DocumentView):
            tab.close()
            self._views.remove(tab)
        # The tab that comes to the front is shown below, once the closed one is gone.
        self._adding = True
        self.tabs.removeTab(index)
        self._adding = False
        if isinstance(tab, DocumentView):
            self.splitter.remove(tab)
            self.document_closed.emit()
        self._show_current()
        self.lists.load_recent()

    def _on_analysed(self, view: DocumentView) -> None:
        seconds = view.session.analysis_seconds
        if view is self.view and seconds is not None:
            self.front.say_done(view)
        self.lists.ask_provider()

    def _on_notice(self, notice: Notice) -> None:
        sentence = code_message(notice.code, notice.params)
        self.status.say(sentence)
        if self.view is None:
            self.alerts.toasts.say(sentence)
        self.front.with_view(lambda view: view.notices.say(sentence))

    # --- what is in front ------------------------------------------------------------------------------------

    def _show_current(self) -> None:
        index = self.tabs.currentIndex()
        sleeping = self.tabs.tabData(index) if index >= 0 else None
        if isinstance(sleeping, Sleeping):
            self._adding = True
            self.tabs.removeTab(index)
            self._adding = False
            self._add(sleeping.path, index)
            return
        view = self.view
        self.splitter.show_view(view)
        self.tabs.setVisible(self.tabs.count() > 0)
        self.setWindowTitle(tr("{name} – Docent", name=view.session.title) if view is not None else tr("Docent"))
        self.front.on_state(view)
        self.front.say_done(view)

    def show_error(self, error: BaseException) -> None:
        """A bug: say so, with a report to copy."""
        _log.error("shown to the user", exc_info=error)
        self.error_shown.emit(error)
        self.alerts.error(error)

    # --- actions ---------------------------------------------------------------------------------------------

    def _do_close_tab(self) -> None:
        if self.tabs.currentIndex() >= 0:
            self._close_index(self.tabs.currentIndex())

    def _do_reopen_tab(self) -> None:
        closed = self._closed_tabs.take()
        if closed is not None:
            path, index = closed
            if path in self._tab_paths():
                self.open_paths([path])
            else:
                self._add(path, index)

    def _do_commands(self) -> None:
        self.screen_state.peek()
        self.command_box.start()

    def _do_quit(self) -> None:
        self.close()

    def _available(self) -> dict[str, bool]:
        notes = self.marks.available(self.view, self.labels.available(self.view))
        return {"tabs": self.tabs.count() > 0, "closed": bool(self._closed_tabs), **notes}

    def _commands(self, text: str) -> list[Command]:
        ask, recent, paths = self.front.ask_question, self.lists.recent or [], self._tab_paths()
        others = [
            OpenTab(path.name, partial(self.tabs.setCurrentIndex, index))
            for index, path in enumerate(paths)
            if index != self.tabs.currentIndex()
        ]
        return commands_for(text, self._look, self.view, self.actions_table, recent, others, ask, self.open_paths)

    # --- the window itself -----------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        self.splitter.close_down()
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions.clear()
        self.training.close()
        self.home.close()
        self.screen_state.close()
        try:
            for view in self._views:
                view.close(now=True)
            settings, front = self._engine.settings, self.tabs.currentIndex()
            window_state.save(self, self.splitter, settings, self.front.panels, self._tab_paths(), front)
        except UserError as error:
            # A full disk must not keep the window open; the place and the sizes are lost this once.
            _log.warning("the window's state was not kept: %s", error.code)
        event.accept()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.splitter.prepare_soon()
        self.training.begin_soon()
