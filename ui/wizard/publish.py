"""Publish: what the model costs, then make it the active one, or not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from assistant.jobs import JobContext
from assistant.training.flow import PublishState, Wizard
from ui.dialogs.confirm import ConfirmDialog, ask
from ui.i18n import code_message, tr
from ui.models.training import task_title
from ui.views.widgets import Card, FlowText, IconPicture, LinkButton, Look, label
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, Foot, Page, card_row
from ui.wizard.words import points_text, size_text


class PublishPage(Page):
    step = "publish"
    close_requested = Signal()
    models_requested = Signal()

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        sizes = look.sizes
        row, (self.score, self.weight, self.speed, self.parity) = card_row(look, 4)
        self.body.addLayout(row)
        self.state_card = Card(look)
        line = QHBoxLayout()
        line.setSpacing(sizes.pad)
        self.icon = IconPicture(look, "info")
        self.words = FlowText(look)
        self.roll_back = QPushButton(tr("Back to the model before"))
        self.roll_back.clicked.connect(self._roll_back)
        line.addWidget(self.icon)
        line.addWidget(self.words, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.roll_back)
        self.state_card.body.addLayout(line)
        self.body.addWidget(self.state_card)
        self.title = QLineEdit()
        self.title.setPlaceholderText(tr("As you like to call it"))
        self.title.setMaxLength(80)
        self.title.setAccessibleName(tr("Name of the model"))
        self.title.setMaximumWidth(sizes.dialog)
        self.title_label = label(tr("Name"), "secondary")
        name = QVBoxLayout()
        name.setSpacing(sizes.grid)
        name.addWidget(self.title_label)
        name.addWidget(self.title)
        self.body.addLayout(name)
        self.facts = FlowText(look, color="muted")
        self.body.addWidget(self.facts)
        links = QHBoxLayout()
        self.models = LinkButton(tr("All models and versions"), tr("Compare, activate, export, delete"))
        self.models.clicked.connect(self.models_requested)
        links.addWidget(self.models)
        links.addStretch(1)
        self.body.addLayout(links)

    # --- showing ---

    def show_state(self, state: Snapshot) -> None:
        publish, result = state.publish, state.result
        if publish is None or result is None:
            self.say(tr("Nothing to publish yet"), tr("First a training has to end."))
            return
        self._show_cards(publish)
        current = result.current or tr("no model")
        installed, active = bool(publish.published), publish.active
        if active:
            title = tr("{model} is active", model=publish.published)
            sentence = tr("Documents are read with it from now on.")
        elif installed:
            title = tr("{model} is installed, not active", model=publish.published)
            sentence = tr("Docent goes on with the model that it has.")
        else:
            title = tr("Publish as {name}", name=publish.name)
            sentence = tr("The model is copied to your models whole or not at all; {model} stays installed and can be "
                          "restored with one click.", model=current)  # fmt: skip
        self.say(title, sentence)
        self._show_word(publish, current)
        for part in (self.title, self.title_label):
            part.setVisible(not installed)
        self.facts.set_text(self._facts(state))

    def _show_cards(self, publish: PublishState) -> None:
        if publish.precision == "int8":
            loss = publish.int8_loss
            note = tr("{points} against fp32", points=points_text(-loss)) if loss is not None else ""
            score = publish.int8_score
            self.score.set(tr("Score in int8"), "–" if score is None else f"{score:.3f}", note,
                           "muted" if loss is None or loss < 0.005 else "warn")  # fmt: skip
        else:
            lost = publish.int8_loss
            note = (
                tr("int8 would cost {n} points", n=f"{100 * lost:.1f}")
                if lost is not None
                else tr("int8 costs too much")
            )
            score = publish.fp32_score
            self.score.set(tr("Score, kept in fp32"), "–" if score is None else f"{score:.3f}", note, "warn")
        self.weight.set(tr("Size"), size_text(publish.size), publish.precision)
        speed = f"{publish.milliseconds:.0f} ms" if publish.milliseconds else "–"
        self.speed.set(tr("Speed"), speed, tr("for a paragraph, on one core") if publish.milliseconds else "")
        tip = tr("The largest difference between the model as trained and as it is published")
        words = tr("largest difference from torch") if publish.parity else ""
        self.parity.set(tr("Parity"), f"{publish.parity:.1e}" if publish.parity else "–", words, tip=tip)

    def _show_word(self, publish: PublishState, current: str) -> None:
        self.roll_back.setVisible(publish.active)
        if publish.active:
            self.icon.set_name("check")
            self.words.set_text(tr("The version before, {model}, is kept.", model=current))
        elif publish.worse:
            self.icon.set_name("warning")
            self.words.set_text(
                code_message("model_worse", (("model", publish.published), ("current", current))) if publish.published
                else tr("It is worse than {model}. It is better to keep {model}, and to label more.", model=current)
            )  # fmt: skip
        elif publish.other:
            self.icon.set_name("warning")
            self.words.set_text(not_compared(publish, current))
        else:
            self.icon.set_name("info")
            self.words.set_text(tr("Nothing shows that it is worse than {model}.", model=current))

    def _facts(self, state: Snapshot) -> str:
        run = state.run
        where = f" ({run.folder})" if run is not None and run.folder is not None else ""
        return tr("Made for: {what}. The run is kept{where}.", what=task_title(state.task).lower(), where=where)

    def foot(self, state: Snapshot) -> Foot:
        publish = state.publish
        if publish is None:
            return Foot()
        if publish.active:
            return Foot(Button(tr("Close"), self.close_requested.emit))
        keep = Button(tr("Keep the current model"), self.close_requested.emit, tip=tr("Change nothing"))
        only = Button(tr("Install only"), lambda: self._publish(activate=False),
                      tip=tr("Keep it among your models, and go on with the current one"))  # fmt: skip
        others = (keep,) if publish.published else (only, keep)
        if publish.worse or publish.other:
            # What is better is the button that Enter presses.
            insist = Button(tr("Activate anyway…"), self._insist, danger=True)
            return Foot(Button(keep.title, keep.press, tip=keep.tip), (insist, *others[:-1]))
        return Foot(Button(tr("Activate"), self._publish, tip=tr("Read documents with it from now on")), others)

    # --- what the user does ---

    def _publish(self, *, activate: bool = True, insist: bool = False) -> None:
        title, model = self.title.text(), self._model

        def work(wizard: Wizard, ctx: JobContext) -> None:
            wizard.publish(ctx, activate=activate, insist=insist, title=title)

        def done() -> None:
            publish = model.state.publish
            if publish is not None and publish.active:
                model.training.model_activated.emit(model.state.task)

        model.do(work, done, title=tr("Publishing the model"))

    def _insist(self) -> None:
        result, publish = self._model.state.result, self._model.state.publish
        if result is None or publish is None:
            return
        known = result.before.value if result.before is not None else 0.0
        sentence = tr(
            "On the same held-out documents {model} reaches {before} and the new model {after}. Documents would be "
            "read with the worse one until you go back.",
            model=result.current, before=f"{known:.3f}", after=f"{result.overall.f1.value:.3f}",
        )  # fmt: skip
        question = tr("Activate the worse model?")
        if not publish.worse:
            question, sentence = tr("Activate it without a comparison?"), not_compared(publish, result.current)
        dialog = ConfirmDialog(
            self._look, question, sentence, tr("Activate anyway"),
            no=tr("Keep the current model"), parent=self.window(),
        )  # fmt: skip
        ask(dialog, lambda: self._publish(insist=True))

    def _roll_back(self) -> None:
        task, model = self._model.state.task, self._model
        model.do(
            lambda wizard, ctx: model.training.workshop().roll_back(task),
            lambda: model.training.model_activated.emit(task),
        )


def not_compared(publish: PublishState, current: str) -> str:
    return tr(
        "It was compared with {model}, and {other} is in use now: nothing shows which is better. A new training "
        "compares with {other}.", model=current, other=publish.other,
    )  # fmt: skip
