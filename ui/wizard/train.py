"""Train: how it goes, live; pause, stop and keep the best, cancel. The run does not need this window."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from assistant.training.flow import CurvePoint, RunState
from ui.i18n import code_message, tr
from ui.models.training import epoch_text, run_fraction, stage_text, task_title, time_left
from ui.views.widgets import Card, FlowText, Look, ThinBar, label
from ui.wizard.chart import CurveChart, Series, best_step, load_chart
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, Foot, Page, card_row
from ui.wizard.words import duration_text, size_text


def loss_series(curve: tuple[CurvePoint, ...], score_name: str) -> list[Series]:
    """Loss (left axis) and validation score (right axis) of a run."""
    return [
        Series(tr("Loss"), tuple((p.step, p.loss) for p in curve if p.loss is not None), "organization", dashed=True),
        Series(
            tr("Loss on held-back examples"),
            tuple((p.step, p.validation_loss) for p in curve if p.validation_loss is not None),
            "date",
        ),
        Series(score_name, score_points(curve), "accent", right=True, dots=True),
    ]


def score_points(curve: tuple[CurvePoint, ...]) -> tuple[tuple[float, float], ...]:
    return tuple((float(p.step), p.score) for p in curve if p.score is not None)


def score_title(task: str) -> str:
    if task == "summary":
        return tr("Validation: share of the best choice")
    return tr("Validation accuracy") if task == "classification" else tr("Validation F1")


class TrainPage(Page):
    step = "train"
    fills = True
    cancel_requested = Signal()
    """The user wants to throw the run away: to be asked."""
    close_requested = Signal()

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        sizes = look.sizes
        self.bar = ThinBar(look, tr("Progress of the training"))
        self.body.addWidget(self.bar)
        row, (self.where, self.best, self.speed, self.memory) = card_row(look, 4)
        self.body.addLayout(row)
        self.card = Card(look)
        self.card.body.setSpacing(sizes.gap)
        head = QHBoxLayout()
        head.addWidget(label(tr("Loss and validation"), "strong"))
        head.addStretch(1)
        self.best_words = label(role="secondary")
        head.addWidget(self.best_words)
        self.card.body.addLayout(head)
        self._chart_place = QVBoxLayout()
        self.card.body.addLayout(self._chart_place)
        self.waiting = FlowText(look, color="muted")
        self.card.body.addWidget(self.waiting)
        self.chart: CurveChart | None = None
        self.card.setMinimumHeight(sizes.chart_height)
        self.body.addWidget(self.card, 1)
        self.note = FlowText(look, role="secondary", color="muted")
        self.body.addWidget(self.note)
        self._run: RunState | None = None

    def enter(self) -> None:
        load_chart(self._model.training, self, self._make_chart)

    def _make_chart(self) -> None:
        if self.chart is None:
            self.chart = CurveChart(self._look, tr("Loss and validation"))
            self._chart_place.addWidget(self.chart)
        self._show_chart()

    def show_state(self, state: Snapshot) -> None:
        run = self._run = state.run
        if run is None:
            self.say(tr("Nothing is being trained"), tr("Start a training at the step before, Method."))
            for part in (self.bar, self.where, self.best, self.speed, self.memory, self.card, self.note):
                part.hide()
            return
        for part in (self.bar, self.where, self.best, self.speed, self.memory, self.card, self.note):
            part.show()
        epochs = state.method.parameters.epochs if state.method is not None else 0.0
        self.say(*self._words(run, epochs))
        self.bar.set_fraction(run_fraction(run))
        self.bar.set_fill(
            "bad" if run.status == "failed" else "muted" if run.status in ("paused", "interrupted") else "accent"
        )
        self._show_figures(run, epochs)
        self._show_chart()
        self.note.set_text(
            tr("You can close this window and read on. The training goes on, at a low priority, and is found again at "
               "the bottom right of the main window; it survives a restart, too.")
            if run.status in ("running", "waiting") else ""
        )  # fmt: skip

    def _words(self, run: RunState, epochs: float) -> tuple[str, str]:
        title = task_title(run.task).lower()
        if run.status == "failed" or (run.status == "interrupted" and run.error):
            sentence = code_message(run.error, run.error_params)
            return tr("The training stopped by an error"), sentence + " " + tr(
                "Go on from the last checkpoint, or cancel."
            )
        if run.status == "paused":
            return tr("Training {what} is paused", what=title), tr("What was trained is kept. Go on at any time.")
        if run.status == "interrupted":
            return (
                tr("Training {what} was interrupted", what=title),
                tr("What was trained until the last checkpoint is kept. Go on at any time."),
            )
        if run.status == "finished":
            return tr("Trained"), tr("In {time} on this computer.", time=duration_text(run.seconds))
        if run.status == "waiting":
            return tr("Waiting to train {what}", what=title), tr("One model is trained at a time.")
        parts = [tr("Stopping") if run.status == "stopping" else stage_text(run.stage)]
        if run.stage == "training":
            parts.append(epoch_text(run, epochs))
        if run.seconds_left is not None and run.status == "running":
            parts.append(tr("about {time}", time=time_left(run.seconds_left)))
        return tr("Training {what}", what=title), " · ".join(part for part in parts if part)

    def _show_figures(self, run: RunState, epochs: float) -> None:
        # The stages after the training count something else.
        training = run.stage == "training" and run.steps > 0
        step = run.step if training else run.curve[-1].step if run.curve else 0
        steps = tr("of {n}", n=f"{run.steps:,}") if training else stage_text(run.stage) if run.unfinished else ""
        self.where.set(tr("Step"), f"{step:,}" if step or training else "–", steps)
        scores = score_points(run.curve)
        latest = tr("now {score}", score=f"{scores[-1][1]:.3f}") if scores else tr("not measured yet")
        self.best.set(
            tr("Best so far"), "–" if run.best is None else f"{run.best:.3f}", latest,
            tip=tr("The best score on the examples that are held back to check on. The best state is kept."),
        )  # fmt: skip
        speed = f"{run.examples_per_second:,.0f}" if run.examples_per_second >= 10 else f"{run.examples_per_second:.1f}"
        self.speed.set(
            tr("Examples a second"), speed if run.examples_per_second else "–",
            tr("{time} so far", time=duration_text(run.seconds)) if run.seconds else "",
        )  # fmt: skip
        self.memory.set(tr("Memory"), size_text(run.memory) if run.memory else "–", tr("of the trainer"))

    def _show_chart(self) -> None:
        run = self._run
        if run is None:
            return
        some = bool(run.curve)
        self.waiting.setVisible(not some)
        self.waiting.set_text(tr("The curves begin with the first steps."))
        if self.chart is None:
            return
        self.chart.setVisible(some)
        self.chart.set_series(loss_series(run.curve, score_title(run.task)), tr("Step"))
        best = best_step(score_points(run.curve))
        self.best_words.setText(tr("best at step {n}", n=best) if best is not None else "")

    def foot(self, state: Snapshot) -> Foot:
        run, training = state.run, self._model.training
        if run is None:
            return Foot()
        name = run.id
        cancel = Button(
            tr("Cancel training…"), self.cancel_requested.emit, run.status not in ("stopping", "finished"),
            tr("Stop, and throw away what was trained. Your labels stay."), danger=True,
        )  # fmt: skip
        stop = Button(
            tr("Stop and keep the best"), lambda: training.command(lambda shop: shop.stop(name)),
            run.best is not None or run.status == "finished",
            tr("End here, with the best state until now") if run.best is not None
            else tr("Nothing was measured yet that could be kept"),
        )  # fmt: skip
        if run.status == "finished":
            return Foot(Button(tr("See the result"), self._model.next), back=True)
        if run.status in ("paused", "interrupted", "failed"):
            resume = Button(tr("Go on"), lambda: training.command(lambda shop: shop.resume(name)))
            return Foot(resume, (cancel, stop) if run.best is not None else (cancel,))
        pause = Button(
            tr("Pause"), lambda: training.command(lambda shop: shop.pause(name)),
            run.status == "running" and run.stage in ("preparing", "searching", "training"),
            tr("Stop at the next step, with a checkpoint"),
        )  # fmt: skip
        stop_now = Button(stop.title, stop.press, stop.enabled and run.stage == "training" and run.status == "running",
                          stop.tip)  # fmt: skip
        close = Button(tr("Read on"), self.close_requested.emit, tip=tr("Close this window. The training goes on."))
        return Foot(close, (cancel, stop_now, pause))
