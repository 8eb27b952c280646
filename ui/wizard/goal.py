"""Goal: which model is to be trained, what it can do now, and runs that wait to be gone on with."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from assistant.training.flow import GoalChoice, RunState, Task
from ui.i18n import code_message, count, tr
from ui.models.training import run_text, task_title
from ui.views.widgets import Card, FlowText, IconPicture, Look, label
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, ChoiceCard, Foot, Page

_NAMED = 8


class GoalPage(Page):
    step = "goal"
    run_requested = Signal(str)
    """An unfinished run is to be shown."""

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        self.say(
            tr("What should Docent do better?"),
            tr("It learns from your labels on this computer. The model that you have stays until you decide."),
        )
        self._runs = QVBoxLayout()
        self._runs.setSpacing(look.sizes.gap)
        self.body.addLayout(self._runs)
        self.run_cards: list[_RunCard] = []
        self._shown_runs: Sequence[tuple[str, str]] = ()
        self.cards: dict[Task, _GoalCard] = {}
        self._wait = label(tr("Looking at your labels and models"), "muted")
        self.body.addWidget(self._wait)

    def show_state(self, state: Snapshot) -> None:
        self._show_runs()
        if not state.goals:
            return
        first = not self.cards
        self._wait.hide()
        chosen = state.goal.task if state.goal is not None else None
        for choice in state.goals:
            card = self.cards.get(choice.task)
            if card is None:
                card = self.cards[choice.task] = _GoalCard(self._look, choice.task)
                card.clicked.connect(lambda _=False, task=choice.task: self._choose(task))
                self.body.addWidget(card)
            card.show_choice(choice, self._model)
            card.set_current(choice.task == chosen)
        if first and (card := self.cards.get(chosen or state.goals[0].task)) is not None:
            # It can take the focus when it has been shown.
            QTimer.singleShot(0, card, card.setFocus)

    def _choose(self, task: Task) -> None:
        goal = self._model.state.goal
        if goal is None or goal.task != task:
            self._model.do(lambda wizard, ctx: wizard.choose_goal(task))

    def _show_runs(self) -> None:
        runs = self._model.training.unfinished()
        shown = [(run.id, run.status) for run in runs]
        if shown == self._shown_runs:
            for card in self.run_cards:
                card.show_run(self._model.training.runs[card.run])
            return
        self._shown_runs = shown
        for card in self.run_cards:
            card.hide()
            card.deleteLater()
        self.run_cards = []
        for run in runs:
            card = _RunCard(self._look, run)
            card.button.clicked.connect(lambda _=False, run=run.id: self.run_requested.emit(run))
            self._runs.addWidget(card)
            self.run_cards.append(card)

    def foot(self, state: Snapshot) -> Foot:
        chosen = state.goal is not None
        tip = "" if chosen else tr("Choose first what is to be trained.")
        return Foot(Button(tr("Continue"), self._model.next, chosen, tip), back=False)


class _RunCard(Card):
    """A run that is not through."""

    def __init__(self, look: Look, run: RunState, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.run = run.id
        row = QHBoxLayout()
        row.setSpacing(look.sizes.pad)
        row.addWidget(IconPicture(look, "history"))
        self.words = FlowText(look)
        row.addWidget(self.words, 1)
        self.button = QPushButton(tr("Go on with it"))
        self.button.setToolTip(tr("Show this training run"))
        row.addWidget(self.button)
        self.body.addLayout(row)
        self.show_run(run)

    def show_run(self, run: RunState) -> None:
        name = f" ({run.name})" if run.name else ""
        self.words.set_text(f"{run_text(run)}{name}")
        self.button.setAccessibleName(f"{self.button.text()}: {self.words.text}")


class _GoalCard(ChoiceCard):
    def __init__(self, look: Look, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(look, task_title(task), parent)
        self.title = label(task_title(task), "strong")
        self.labels = label(role="secondary")
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addStretch(1)
        top.addWidget(self.labels)
        self.can = FlowText(look, color="muted", max_lines=2)
        self.why = FlowText(look, role="secondary", color="warn")
        self.body.addLayout(top)
        self.body.addWidget(self.can)
        self.body.addWidget(self.why)
        self.adopt(self.title, self.labels, self.can, self.why)

    def show_choice(self, choice: GoalChoice, model: WizardModel) -> None:
        labels = count(choice.labels, "{n} label", "{n} labels")
        documents = count(choice.documents, "{n} document", "{n} documents")
        self.labels.setText(tr("{labels} in {documents}", labels=labels, documents=documents))
        self.can.set_text(self._can(choice, model))
        self.why.set_text(code_message(choice.why) if choice.why else "")
        self.why.setVisible(bool(choice.why))
        self.setEnabled(choice.available)
        self.title.setEnabled(choice.available)
        self.setAccessibleName(f"{self.title.text()}. {self.labels.text()}. {self.can.text} {self.why.text}".strip())

    @staticmethod
    def _can(choice: GoalChoice, model: WizardModel) -> str:
        if choice.task == "answers":
            return tr("Marks the answer to a question, or says that there is none. Now: {model}.", model=choice.model)
        if choice.task == "summary":
            return tr("Chooses the sentences that tell what matters. Now: {model}.", model=choice.model)
        names = [model.training.names.of(choice.task, name) for name in choice.can]
        shown = tr(", ").join(names[:_NAMED])
        if len(names) > _NAMED:
            shown = tr("{names} and {n} more", names=shown, n=len(names) - _NAMED)
        if choice.task == "classification" and not choice.model:
            return tr("Now it tells types by their descriptions alone. Your labels teach it what yours look like.")
        return tr("{model} finds {names}.", model=choice.model, names=shown)
