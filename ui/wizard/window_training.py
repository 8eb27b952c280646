"""Training over the whole window: opens the wizard and the models, keeps one of each, and leads to places."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from assistant.errors import UserError
from assistant.types import Span
from ui.i18n import error_message
from ui.jobs import JobList
from ui.models.training import Training
from ui.views.widgets import Look
from ui.views.window_labels import WindowLabels

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.training.flow import Place, RunState, Task, Version, Wizard
    from ui.dialogs.models import ModelsWindow
    from ui.wizard.model import WizardModel
    from ui.wizard.window import WizardWindow

_BEGIN_MS = 1500
"""Runs of earlier sessions are looked for when the window has been shown and the first document has begun to open."""


class WindowTraining(QObject):
    """One for the window. The windows themselves are loaded when they are first wanted."""

    said = Signal(str)
    """A sentence for the status bar."""
    bug = Signal(object)

    def __init__(self, look: Look, engine: Engine, jobs: JobList, labels: WindowLabels, window: QWidget) -> None:
        super().__init__(window)
        self._look, self._window, self._labels = look, window, labels
        self.training = Training(engine, jobs, self)
        self.training.run_opened.connect(self.open_run)
        self.training.failed.connect(self._on_failed)
        self.training.model_activated.connect(self._read_anew)
        self.training.run_changed.connect(self._on_run)
        labels.retrain_requested.connect(lambda _: self.open_wizard())
        labels.retrain_without.connect(self._retrain_without)
        self._asked_of: set[str] = set()
        self.wizard: WizardWindow | None = None
        self.models: ModelsWindow | None = None
        self._timer = QTimer(self, singleShot=True, interval=_BEGIN_MS)
        self._timer.timeout.connect(self.training.begin)

    def begin_soon(self) -> None:
        self._timer.start()

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions that are about training."""
        return {"models": self.open_models}

    # --- the wizard ---

    def open_wizard(self, task: Task | None = None) -> None:
        """The wizard that is open, or a new one at Goal (at Data where ``task`` says the goal)."""
        if self.wizard is not None:
            self._front(self.wizard)
            return
        self._open(lambda training: training.workshop().wizard(task))

    def _retrain_without(self, task: Task, labels: tuple[str, ...]) -> None:
        """A new wizard at Data, in place of any other, in which these labels do not count."""
        self._anew(lambda training: training.workshop().wizard(task, labels))

    def _retrain_as_of(self, version: Version) -> None:
        """The same with the labels that were made after this version."""

        def make(training: Training) -> Wizard:
            from assistant.training.flow import TASKS

            task = next((task for task in TASKS if task == version.task), None)
            workshop = training.workshop()
            return workshop.wizard(task, workshop.labels_after(version) if task is not None else ())

        self._anew(make)

    def _anew(self, make: Callable[[Training], Wizard]) -> None:
        if self.wizard is not None:
            self.wizard.close()
        self._open(make)

    def _on_run(self, run: RunState) -> None:
        """A run that has ended may know whether more labels would help."""
        if run.status == "finished" and run.id not in self._asked_of:
            self._asked_of.add(run.id)
            said = self.training.ask(lambda workshop, _: workshop.curve_says(), self)
            said.succeeded.connect(self._labels.set_curve)

    def open_run(self, run: str) -> None:
        """The wizard of a run, in place of any other."""
        if self.wizard is not None:
            shown = self.wizard.model.state.run
            if shown is not None and shown.id == run:
                self._front(self.wizard)
                return
            self.wizard.close()
        self._open(lambda training: training.workshop().reopen(run))

    def _open(self, make: Callable[[Training], Wizard]) -> None:
        from ui.wizard.model import WizardModel

        self.training.begin()
        self.training.load_names()
        self._show_wizard(WizardModel(self.training, make))

    def _show_wizard(self, model: WizardModel) -> None:
        from ui.wizard.window import WizardWindow

        wizard = self.wizard = WizardWindow(self._look, model)
        wizard.place_requested.connect(self._go)
        wizard.label_requested.connect(self._label)
        wizard.run_requested.connect(self.open_run)
        wizard.models_requested.connect(self.open_models)
        wizard.closed.connect(lambda: self._closed(wizard))
        wizard.bug.connect(self.bug)
        self._front(wizard)

    def _closed(self, wizard: WizardWindow) -> None:
        if self.wizard is wizard:
            self.wizard = None

    # --- the models ---

    def open_models(self) -> None:
        if self.models is None:
            from ui.dialogs.models import ModelsWindow

            models = self.models = ModelsWindow(self._look, self.training)
            models.closed.connect(self._models_closed)
            models.retrain_requested.connect(self._retrain_as_of)
            models.bug.connect(self.bug)
        self._front(self.models)

    def _models_closed(self) -> None:
        self.models = None

    # --- the rest ---

    def rebuild(self) -> None:
        """Both windows anew, in the language that is now set; the wizard stays at its step."""
        if self.training.names.types:
            self.training.load_names()
        old, models = self.wizard, self.models
        if old is not None:
            place = old.geometry()
            # Its model, with a run or what was chosen so far, goes on in the new window.
            old.model.setParent(self)
            old.closed.disconnect()
            old.hide()
            old.deleteLater()
            self._show_wizard(old.model)
            if self.wizard is not None:
                self.wizard.setGeometry(place)
        if models is not None:
            models.close()
            self.open_models()

    def close(self) -> None:
        """The main window closes, and its others with it. Runs go on until the engine ends."""
        self._timer.stop()
        for window in (self.wizard, self.models):
            if window is not None:
                window.close()

    @staticmethod
    def _front(window: QWidget) -> None:
        window.show()
        window.raise_()
        window.activateWindow()

    def _go(self, place: Place) -> None:
        span = Span(place.start, place.end) if place.end > place.start else None
        self._labels.open_at(place.path, place.document, span)
        self._front(self._window)

    def _label(self, which: str) -> None:
        self._labels.open_list(which)
        self._front(self._window)

    def _read_anew(self, task: str) -> None:
        """Another model reads now: what is open is read with it."""
        for view in self._labels.views:
            if task == "entities":
                view.session.find_entities(view.pages.page)
            elif task == "classification":
                view.session.classify()
            elif task == "summary":
                view.session.summarize(view.results.level)

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.said.emit(error_message(error))
        else:
            self.bug.emit(error)
