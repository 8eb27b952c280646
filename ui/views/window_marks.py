"""Notes over the whole window: a session for each document, the actions, undo together with labels, exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from ui.jobs import JobList
from ui.models.mark_session import MarkSession
from ui.views.document_view import DocumentView
from ui.views.mark_desk import MarkDesk
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import Engine


class WindowMarks(QObject):
    """One for the window. Main thread only."""

    said = Signal(str)
    """A sentence for the status line."""

    def __init__(
        self,
        look: Look,
        engine: Engine,
        jobs: JobList,
        current: Callable[[], DocumentView | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._engine = engine
        self._jobs = jobs
        self._current = current
        self._desks: list[MarkDesk] = []
        dispatcher = jobs.dispatcher
        engine.marks.subscribe(lambda document: dispatcher.post(lambda: self._on_news(document)))

    def adopt(self, view: DocumentView) -> None:
        """A view was made."""
        desk = MarkDesk(view, MarkSession(self._engine, self._jobs))
        view.marks = desk
        self._desks.append(desk)
        desk.destroyed.connect(lambda _=None: self._desks.remove(desk))
        desk.changed.connect(view.state_changed)
        desk.said.connect(self.said)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that are about notes."""
        return {
            "highlight": lambda: self._with_desk(MarkDesk.highlight),
            "underline": lambda: self._with_desk(MarkDesk.underline),
            "note": lambda: self._with_desk(MarkDesk.note),
            "bookmark": lambda: self._with_desk(MarkDesk.bookmark),
            "undo": lambda: self._move("undo"),
            "redo": lambda: self._move("redo"),
        }

    def available(self, view: DocumentView | None, labels: dict[str, bool]) -> dict[str, bool]:
        """What the actions need; ``labels`` is what they can undo."""
        state = view.marks.state if view is not None and view.marks is not None else None
        return {
            "undo": labels["undo"] or (state is not None and state.can_undo),
            "redo": labels["redo"] or (state is not None and state.can_redo),
            "notes": state is not None and bool(state.marks),
        }

    def _move(self, way: Literal["undo", "redo"]) -> None:
        """The last step in this document, whichever of the two it was."""
        view, engine = self._current(), self._engine
        document = view.session.document if view is not None else None
        if view is not None and document is not None:
            # After what is on its way to the disk.
            view.labels.run(lambda labels: engine.move(way, document.sha256))

    def _with_desk(self, call: Callable[[MarkDesk], None]) -> None:
        view = self._current()
        if view is not None and view.marks is not None:
            call(view.marks)

    def _on_news(self, document: str) -> None:
        for desk in self._desks:
            if desk.session.document is not None and desk.session.document.sha256 == document:
                desk.session.refresh()


def is_writing(view: DocumentView) -> bool:
    """Whether a label or a note is on its way to the disk."""
    return view.labels.is_busy or (view.marks is not None and view.marks.session.is_busy)
