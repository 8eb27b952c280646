"""Labelling over the whole window: the mode, its actions, and the way to a place in another document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from assistant.types import Span
from ui.jobs import JobList
from ui.models.label_session import LabelNews, LabelSession
from ui.views.document_view import DocumentView

if TYPE_CHECKING:
    from assistant.engine import Engine


class WindowLabels(QObject):
    """One for the window. It makes the label session of each document, and keeps them all in the same mode."""

    mode_changed = Signal(bool)
    """Whether one labels on the page."""
    part_wanted = Signal(str, str)
    """Side and key of a panel that is to be shown."""
    paths_wanted = Signal(object)
    """Files (list of Path) that are to be opened, or brought to the front."""
    retrain_requested = Signal(object)
    """The :class:`DocumentView` in front, or None: the wizard is to be opened."""
    retrain_without = Signal(str, object)
    """The same for this task, without the labels of these ids."""

    def __init__(
        self,
        engine: Engine,
        jobs: JobList,
        current: Callable[[], DocumentView | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._current = current
        self._views: list[DocumentView] = []
        self._news = LabelNews(engine.labels, jobs.dispatcher, self)
        self.active = False
        self._curve: Mapping[str, bool] = {}

    def session(self) -> LabelSession:
        """For a document that is to be opened."""
        return LabelSession(self._engine, self._jobs, self._news)

    @property
    def views(self) -> Sequence[DocumentView]:
        """All open documents."""
        return self._views

    def adopt(self, view: DocumentView) -> None:
        """A view was made."""
        self._views.append(view)
        view.destroyed.connect(lambda _=None: self._views.remove(view))
        view.desk.active_wanted.connect(lambda: self.set_active(active=True))
        view.desk.retrain_requested.connect(self.retrain)
        view.desk.queues.document_activated.connect(self.open_at)
        view.desk.left_out.retrain_requested.connect(self.retrain_without)
        view.panels.built.connect(lambda: self._built(view))
        view.labelling.set_active(self.active)

    def _built(self, view: DocumentView) -> None:
        view.panels.labels.set_retrain_available(True)
        view.panels.labels.retrain_card.set_curve(self._curve)

    def set_curve(self, says: Mapping[str, bool]) -> None:
        """What the last learning curves said, by task: whether more labels would help."""
        self._curve = says
        for view in self._views:
            if view.panels.is_built:
                view.panels.labels.retrain_card.set_curve(says)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that are about labels."""
        return {
            "labelling": lambda: self.set_active(active=not self.active, show=True),
            "labels": lambda: self.part_wanted.emit("right", "labels"),
            "label_queue": lambda: self.open_list("queue"),
            "label_history": lambda: self.open_list("history"),
            "disagreements": lambda: self.open_list("disagreements"),
            "retrain": self.retrain,
        }

    def retrain(self) -> None:
        self.retrain_requested.emit(self._current())

    def available(self, view: DocumentView | None) -> dict[str, bool]:
        """What the actions need."""
        state = view.labels.state if view is not None else None
        return {
            "undo": state is not None and state.can_undo,
            "redo": state is not None and state.can_redo,
        }

    def set_active(self, *, active: bool, show: bool = False) -> None:
        """Switch the mode of all documents. ``show``: bring the Labels panel to the front, and the page into focus."""
        if active != self.active:
            self.active = active
            for view in self._views:
                view.labelling.set_active(active)
            self.mode_changed.emit(active)
        if active and show:
            self.part_wanted.emit("right", "labels")
            self._with_view(lambda view: view.pages.setFocus(Qt.FocusReason.OtherFocusReason))

    def open_list(self, key: str) -> None:
        """Show ``queue``, ``history`` or ``disagreements`` of the document in front."""
        self.part_wanted.emit("right", "labels")
        self._with_view(lambda view: view.panels.labels.open_list(key))

    def _with_view(self, call: Callable[[DocumentView], None]) -> None:
        view = self._current()
        if view is not None:
            call(view)

    def open_at(self, path: Path, sha256: str, span: Span | None) -> None:
        """Open a document, and go to the place when its text was read, if it is still the document that was meant."""
        paths: Sequence[Path] = [path]
        self.paths_wanted.emit(paths)
        view = self._current()
        if view is None or view.session.path != path:
            return

        def go() -> None:
            document = view.session.document
            if document is not None and document.sha256 == sha256 and span is not None:
                view.pages.show_span(span, record=False, flash=True)

        self.part_wanted.emit("right", "labels" if span is not None else "type")
        if view.session.document is not None:
            go()
        else:
            view.session.read.connect(lambda _: go(), Qt.ConnectionType.SingleShotConnection)
