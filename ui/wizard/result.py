"""Result: new against current on the same held-out documents."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from assistant.training.flow import Changed, ClassResult, Interval, PublishState, ResultState
from ui.i18n import count, number_text, tr
from ui.models.training import Names
from ui.views.widgets import (
    Card,
    Cell,
    DataTable,
    ElidedLabel,
    FlowText,
    Head,
    IconPicture,
    Look,
    PageLabel,
    PillButton,
    RowButton,
    SegmentedSwitch,
    label,
)
from ui.wizard.chart import CurveChart, Series, best_step, load_chart
from ui.wizard.confusion import ConfusionMatrix
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, Foot, MarkedText, Page, card_row
from ui.wizard.train import loss_series, score_points, score_title
from ui.wizard.words import duration_text, heading, points_text, size_text, worse_on_the_whole

_FIGURE = 66
_SHOWN = 60
_LONG = ("answers", "summary")
_ANSWER = 60
"""Characters of an answer that a row shows; the tip has the question, and a click shows the place."""
_LOST = 0.01
"""Earlier skills that lose less than a point are kept."""


class ResultPage(Page):
    step = "result"
    fills = True
    place_requested = Signal(object)
    """:class:`Place`."""
    close_requested = Signal()

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        sizes = look.sizes
        row, (self.score, self.int8, self.skills, self.library) = card_row(look, 4)
        self.body.addLayout(row)
        self.classes = DataTable(
            look, tr("Result by class"),
            [
                Head(tr("Type"), stretch=True), Head(tr("Precision"), width=78), Head(tr("Recall"), width=_FIGURE),
                Head(tr("F1"), width=_FIGURE), Head(tr("Current"), tr("F1 of the current model"), width=_FIGURE),
                Head(tr("Change"), width=_FIGURE), Head(tr("Count"), tr("Held-out labels of this type"), width=60),
            ], most=8,
        )  # fmt: skip
        self.confusion = ConfusionMatrix(look)
        self.confusion_words = FlowText(look, role="secondary", color="muted", max_lines=2)
        self.confusion.told.connect(self.confusion_words.set_text)
        side = QVBoxLayout()
        side.setSpacing(sizes.grid)
        side.addWidget(label(tr("Confusion"), "secondary"))
        side.addWidget(self.confusion)
        side.addWidget(self.confusion_words)
        side.addStretch(1)
        holder = QWidget()
        holder.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(sizes.confusion_width)
        middle = QHBoxLayout()
        middle.setSpacing(sizes.page_gap)
        left = QVBoxLayout()
        left.addWidget(self.classes)
        left.addStretch(1)
        middle.addLayout(left, 1)
        middle.addWidget(holder)
        self.body.addLayout(middle)
        self.curves = CurveCard(look)
        self.changes = ChangesCard(look)
        self.changes.place_activated.connect(self.place_requested)
        bottom = QHBoxLayout()
        bottom.setSpacing(sizes.page_gap)
        bottom.addWidget(self.curves, 1)
        bottom.addWidget(self.changes, 1)
        self.body.addLayout(bottom, 1)
        self._shown: tuple[ResultState, Names] | None = None

    def enter(self) -> None:
        load_chart(self._model.training, self, self.curves.load)

    def show_state(self, state: Snapshot) -> None:
        result, publish, run = state.result, state.publish, state.run
        if result is None or run is None:
            self.say(tr("No result yet"), tr("It comes when the training has ended."))
            return
        names = self._model.training.names
        if self._shown == (result, names):
            return
        self._shown = (result, names)
        self.say(heading(result), self._sentence(result, run.seconds, state.task))
        self._show_cards(result, publish, state)
        self.classes.set_rows([self._row(row, state) for row in (*result.classes, result.overall)])
        titles = [tr("nothing") if not name else names.of(state.task, name) for name in result.confusion_labels]
        last = titles[-1] if titles else tr("nothing")
        dots = [self._look.theme.entity_token(name) if name else "muted" for name in result.confusion_labels]
        self.confusion.set_counts(titles, result.confusion, dots if state.task == "entities" else ())
        self.confusion_words.set_text(tr("Rows are right, columns are what is said; the last is “{name}”.", name=last))
        self.curves.show_result(state)
        self.changes.show_result(result, state, self._model)

    def _sentence(self, result: ResultState, seconds: float, task: str) -> str:
        documents = count(result.documents, "{n} document", "{n} documents")
        what = (
            documents if task in ("classification", "summary")
            else tr("{documents}, {questions}", documents=documents,
                    questions=count(result.rows, "{n} question", "{n} questions")) if task == "answers"
            else tr("{documents}, {entities}", documents=documents,
                    entities=count(result.overall.gold, "{n} entity", "{n} entities"))
        )  # fmt: skip
        parts = [tr("{what} that were held out from this training", what=what)]
        if result.current:
            parts.append(tr("compared with {model}", model=result.current))
        parts.append(tr("trained in {time} on this computer", time=duration_text(seconds)))
        return " · ".join(parts)

    def _show_cards(self, result: ResultState, publish: PublishState | None, state: Snapshot) -> None:
        name = score_name(state.task)
        overall, difference = result.overall.f1, result.difference
        if difference is not None:
            color = {"better": "good", "worse": "bad"}.get(result.verdict, "muted")
            if result.verdict == "worse" and not worse_on_the_whole(difference):
                color = "muted"
            note = tr("{points} (95% CI {range})", points=points_text(difference.value), range=_range(difference))
            tip = tr("Points of a hundred against the current model. 95 of 100 such tests fall between the two.")
        else:
            color, tip = "muted", ""
            note = tr("95% CI {low} to {high}", low=f"{overall.low:.3f}", high=f"{overall.high:.3f}")
        self.score.set(name, f"{overall.value:.3f}", note, color, tip)
        self._show_int8(publish, state)
        self._show_skills(result, state)
        if result.figures:
            self._show_figures(result)
        else:
            self._show_library(result, state)

    def _show_figures(self, result: ResultState) -> None:
        """Answers and summaries: the figure that matters beside the score, all of them in its tip."""
        shown = result.figures[-1]
        before = tr("before: {value}", value=f"{shown.before.value:.2f}") if shown.before is not None else ""
        tip = "\n".join(
            tr("{name}: {value} ({low} to {high})", name=figure_title(row.name), value=f"{row.value.value:.3f}",
               low=f"{row.value.low:.3f}", high=f"{row.value.high:.3f}")
            + ("" if row.before is None else " · " + tr("before: {value}", value=f"{row.before.value:.3f}"))
            for row in result.figures
        )  # fmt: skip
        self.library.set(figure_title(shown.name), f"{shown.value.value:.2f}", before, "muted", tip)

    def _show_int8(self, publish: PublishState | None, state: Snapshot) -> None:
        if publish is None:
            self.int8.set(tr("After int8"), "–")
            return
        if state.task == "summary":
            self.int8.set(tr("Size"), size_text(publish.size), tr("fp32: it is small enough"))
            return
        kept = publish.int8_score if publish.precision == "int8" else publish.fp32_score
        figure = f"{kept:.3f}" if kept is not None else "–"
        parts = (
            [points_text(-publish.int8_loss)] if publish.int8_loss is not None and publish.precision == "int8" else []
        )
        parts.append(size_text(publish.size))
        if publish.milliseconds:
            parts.append(tr("{n} ms", n=f"{publish.milliseconds:.0f}"))
        title = tr("After int8") if publish.precision == "int8" else tr("In fp32: int8 costs too much")
        self.int8.set(
            title,
            figure,
            " · ".join(parts),
            tip=tr("The model as it runs here: what int8 costs, its size, and its time for a paragraph on one core"),
        )

    def _show_skills(self, result: ResultState, state: Snapshot) -> None:
        if not result.replay:
            self.skills.set(tr("Old skills"), tr("not measured"), tr("no earlier examples were at hand"))
            return
        losses = {label: after - before for label, (before, after) in result.replay.items()}
        worst = min(losses, key=lambda label: losses[label])
        kept = losses[worst] >= -_LOST
        name = self._model.training.names.of(state.task, worst)
        tip = "\n".join(
            f"{self._model.training.names.of(state.task, each)}: {before:.3f} → {after:.3f}"
            for each, (before, after) in result.replay.items()
        )
        note = (
            tr("none lost anything") if losses[worst] >= 0
            else tr("largest loss: {name} {points}", name=name, points=points_text(losses[worst]))
        )  # fmt: skip
        self.skills.set(tr("Old skills"), tr("kept") if kept else tr("weaker"), note, "good" if kept else "warn", tip)

    def _show_library(self, result: ResultState, state: Snapshot) -> None:
        changed = [row for row in result.library if row.added or row.removed or row.relabelled]
        total = sum(row.added + row.removed + row.relabelled for row in changed)
        if state.task == "classification":
            self.library.set(tr("If activated"), tr("not looked at"), tr("the types of other documents"))
        elif not result.library:
            self.library.set(tr("If activated"), tr("not known"), tr("no other documents are kept"))
        else:
            figure = count(len(changed), "{n} document", "{n} documents")
            note = tr("would change · {entities}", entities=count(total, "{n} entity", "{n} entities"))
            tip = "\n".join(
                tr("{name}: {added} more, {removed} fewer, {relabelled} otherwise", name=row.title, added=row.added,
                   removed=row.removed, relabelled=row.relabelled)
                for row in changed[:12]
            )  # fmt: skip
            self.library.set(tr("If activated"), figure, note if changed else tr("nothing would change"), "accent", tip)

    def _row(self, row: ClassResult, state: Snapshot) -> list[Cell]:
        def tip(interval: Interval) -> str:
            return tr("95% CI {low} to {high}", low=f"{interval.low:.2f}", high=f"{interval.high:.2f}")

        result = state.result
        known = row.before_f1
        if not row.label and result is not None:
            known = result.before.value if result.before is not None else None
        if known is None:
            change = Cell(tr("new"), "accent") if row.label else Cell("–", "muted")
        else:
            points = round(100 * (row.f1.value - known), 1)
            color = "good" if points > 0 else "warn" if points < 0 else "muted"
            change = Cell(points_text(row.f1.value - known), color)
        entities = state.task == "entities" and bool(row.label)
        title = self._model.training.names.of(state.task, row.label) if row.label else tr("All")
        return [
            Cell(title, dot=self._look.theme.entity_token(row.label) if entities else "", bold=not row.label),
            Cell(f"{row.precision.value:.2f}", tip=tip(row.precision)),
            Cell(f"{row.recall.value:.2f}", tip=tip(row.recall)),
            Cell(f"{row.f1.value:.3f}", bold=True, tip=tip(row.f1)),
            Cell("–" if known is None else f"{known:.3f}", "muted"),
            change,
            Cell(number_text(row.gold), "muted"),
        ]

    def foot(self, state: Snapshot) -> Foot:
        keep = Button(
            tr("Keep the current model"), self.close_requested.emit,
            tip=tr("Close without publishing. The run is kept and can be looked at again."),
        )  # fmt: skip
        return Foot(Button(tr("Publish…"), self._model.next, state.result is not None), (keep,))


def _range(interval: Interval) -> str:
    """In points of a hundred."""
    low, high = 100 * interval.low, 100 * interval.high
    if low >= 0:
        return f"{low:.1f}–{high:.1f}"
    return tr("{low} to {high}", low=points_text(interval.low), high=points_text(interval.high))


def score_name(task: str) -> str:
    """Of the headline figure."""
    if task == "summary":
        return tr("ROUGE-1, new")
    return tr("Accuracy, new") if task == "classification" else tr("F1, new")


def figure_title(name: str) -> str:
    titles = {
        "exact": tr("Exactly right"),
        "answered_f1": tr("F1 where there is an answer"),
        "right_place": tr("At the right place"),
        "no_answer": tr("Rightly no answer"),
        "rouge1": tr("ROUGE-1"),
        "precision": tr("Chosen as you marked"),
    }
    return titles.get(name, name)


class CurveCard(Card):
    """The curves of the training, of the number of labels, and of how far the scores can be believed."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.body.setSpacing(look.sizes.gap)
        self.switch = SegmentedSwitch(look, tr("Curves"))
        self.switch.add("training", tr("Training"), tr("Loss and validation"))
        self.switch.add("labels", tr("Labels"), tr("The score with a part of the labels"))
        self.switch.add("calibration", tr("Confidence"), tr("How far the scores can be believed"))
        self.switch.changed.connect(lambda _: self._show())
        self.words = ElidedLabel(role="secondary")
        self.body.addWidget(self.switch)
        self.body.addWidget(self.words)
        self.setMinimumHeight(look.sizes.chart_height + look.sizes.tabs)
        self.chart: CurveChart | None = None
        self._state: Snapshot | None = None

    def load(self) -> None:
        if self.chart is None:
            self.chart = CurveChart(self._look, tr("Curves"))
            self.body.addWidget(self.chart, 1)
        self._show()

    def show_result(self, state: Snapshot) -> None:
        self._state = state
        self._show()

    def _show(self) -> None:
        state = self._state
        if self.chart is None or state is None or state.result is None or state.run is None:
            return
        result, run = state.result, state.run
        if self.switch.current == "training":
            best = best_step(score_points(run.curve))
            self.words.set_text(tr("Best at step {n}", n=best) if best is not None else tr("No curve was kept"))
            self.chart.set_series(loss_series(run.curve, score_title(run.task)), tr("Step"))
        elif self.switch.current == "labels":
            helps = result.more_labels_help
            self.words.set_text(
                tr("Not measured. Thorough does, or the parameter “Learning curve”.") if helps is None
                else tr("More labels would still help") if helps else tr("More labels of this kind would help little")
            )  # fmt: skip
            points = tuple((100 * row.share, row.score) for row in result.learning_curve)
            self.chart.set_series(
                [Series(tr("Score on held-out documents"), points, "accent", right=True, dots=True)],
                tr("Share of the documents, %"),
            )
        else:
            calibration = result.calibration
            points = tuple(
                (confidence, right)
                for confidence, right, number in zip(calibration.confidence, calibration.right, calibration.counts,
                                                     strict=True)
                if number
            )  # fmt: skip
            self.words.set_text(tr("Off by {n} points on average", n=f"{100 * calibration.error:.1f}"))
            self.chart.set_series(
                [
                    Series(tr("Right"), points, "accent", right=True, dots=True),
                    Series(tr("Perfect"), ((0.0, 0.0), (1.0, 1.0)), "muted", dashed=True, right=True),
                ],
                tr("Confidence"),
            )


class ChangesCard(Card):
    """Held-out examples that the new model does otherwise, each one click from its place."""

    place_activated = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.body.setSpacing(look.sizes.gap)
        head = QHBoxLayout()
        head.setSpacing(look.sizes.grid)
        head.addWidget(label(tr("What changed"), "strong"))
        head.addStretch(1)
        self.better = PillButton("", tr("Show what is better, or all"))
        self.worse = PillButton("", tr("Show what is worse, or all"))
        for pill, kind in ((self.better, True), (self.worse, False)):
            pill.setCheckable(True)
            pill.toggled.connect(lambda on, kind=kind: self._filter(kind if on else None))
            head.addWidget(pill)
        self.body.addLayout(head)
        self.list = QScrollArea()
        self.list.setWidgetResizable(True)
        self.list.setFocusPolicy(self.focusPolicy())
        # The room that is left, not that of all rows.
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.list.setMinimumHeight(look.sizes.row * 3)
        self.body.addWidget(self.list, 1)
        self.rows: list[ChangeRow] = []
        self._changed: tuple[Changed, ...] = ()
        self._state: Snapshot | None = None
        self._model: WizardModel | None = None
        self._only: bool | None = None

    def show_result(self, result: ResultState, state: Snapshot, model: WizardModel) -> None:
        self._changed, self._state, self._model = result.changed, state, model
        self.better.set_text(tr("{n} better", n=number_text(result.changed_better)))
        self.worse.set_text(tr("{n} worse", n=number_text(result.changed_worse)))
        self._fill()

    def _filter(self, only: bool | None) -> None:
        other = self.worse if only else self.better
        if only is not None and other.isChecked():
            other.blockSignals(True)
            other.setChecked(False)
            other.blockSignals(False)
        self._only = only
        self._fill()

    def _fill(self) -> None:
        if self._state is None or self._model is None:
            return
        content = QWidget()
        content.setProperty("role", "panel")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows = []
        shown = [row for row in self._changed if self._only is None or row.better == self._only]
        for row in shown[:_SHOWN]:
            made = ChangeRow(self._look, row, self._state, self._model)
            made.clicked.connect(lambda _=False, place=row.place: self.place_activated.emit(place))
            column.addWidget(made)
            self.rows.append(made)
        if not shown:
            column.addWidget(FlowText(self._look, tr("Both models say the same here."), color="muted"))
        elif len(shown) > _SHOWN:
            column.addWidget(label(tr("and {n} more", n=len(shown) - _SHOWN), "secondary"))
        column.addStretch(1)
        self.list.setWidget(content)


class ChangeRow(RowButton):
    """Page, the words as they are marked, what is said of them now, and whether that is better."""

    def __init__(self, look: Look, change: Changed, state: Snapshot, model: WizardModel) -> None:
        words = change_words(change, state, model)
        verdict = tr("better") if change.better else tr("worse")
        super().__init__(look, tr("{text} {words}, {verdict}. Go to its place in {name}", text=change.place.text,
                                  words=words, verdict=verdict, name=change.place.title))  # fmt: skip
        sizes = look.sizes
        line = QHBoxLayout(self)
        line.setContentsMargins(sizes.grid, sizes.grid, sizes.grid, sizes.grid)
        line.setSpacing(sizes.gap)
        page = state.page(change.place.document, change.place.start)
        if page is not None and state.task != "classification":
            chip = PageLabel(look, page)
            line.addWidget(chip)
            self.adopt(chip)
        if state.task == "classification":
            marked: QWidget = ElidedLabel(change.place.title)
        elif state.task in _LONG:
            marked = ElidedLabel(change.place.text)
        else:
            named = state.task == "entities"
            token = look.theme.entity_token(change.after or change.gold or change.before) if named else "accent"
            marked = MarkedText(look, change.place.text, token)
        said = ElidedLabel(words, role="secondary" if state.task in _LONG else "")
        tick = IconPicture(look, "check" if change.better else "close", size=sizes.icon_small,
                           color="good" if change.better else "bad")  # fmt: skip
        if state.task in _LONG:
            # A question and two answers, or a sentence and what became of it, have no room beside each other.
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(marked)
            column.addWidget(said)
            line.addLayout(column, 1)
        else:
            line.addWidget(marked)
            line.addWidget(said, 1)
        line.addWidget(tick)
        self.adopt(marked, said, tick)
        self.setToolTip(change.context or change.place.title)


def change_words(change: Changed, state: Snapshot, model: WizardModel) -> str:
    """ "found", "missed", "was Place", "no longer marked" ..."""
    if state.task == "answers":
        return _answer_words(change)
    if state.task == "summary":
        return tr("now in the summary") if change.after else tr("no longer in the summary")
    before, after = (
        model.training.names.of(state.task, name) if name else "" for name in (change.before, change.after)
    )
    if after and not before:
        return tr("found as {name}", name=after) if change.better else tr("marked by mistake")
    if before and not after:
        return tr("no longer marked") if change.better else tr("missed")
    if before and after:
        return tr("{new}, was {old}", new=after, old=before)
    return tr("changed")


def _answer_words(change: Changed) -> str:
    new, old = _short(change.after), _short(change.before)
    if new and old:
        return tr("“{new}”, was “{old}”", new=new, old=old)
    if new:
        return tr("“{new}”, was no answer", new=new)
    return tr("no answer, was “{old}”", old=old)


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= _ANSWER else plain[: _ANSWER - 1] + "…"
