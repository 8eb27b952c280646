"""Method: three presets with the time that they take, and the parameters themselves for who wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from assistant.errors import UsageError, UserError
from assistant.training.flow import PRESETS, ParameterInfo, Parameters, Preset, PresetInfo
from ui.i18n import count, error_message, tr
from ui.theme import set_property
from ui.views.widgets import Card, ChoiceField, FlowText, IconPicture, LinkButton, Look, TickBox, label
from ui.wizard.base_choice import BASE_PROBLEMS, asked_base, base_rows
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, ChoiceCard, Foot, Page
from ui.wizard.words import minutes_text, parameter_help, parameter_title, preset_sentence, preset_title

_COLUMNS = 2
_SEARCH_MINUTES = 10


class MethodPage(Page):
    step = "method"

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(look, model, parent)
        sizes = look.sizes
        self.say(tr("How thoroughly?"), tr("You can read on while it trains, and stop at any time."))
        self.cards: dict[Preset, _PresetCard] = {}
        row = QHBoxLayout()
        row.setSpacing(sizes.pad)
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        for preset in PRESETS:
            card = self.cards[preset] = _PresetCard(look, preset)
            card.clicked.connect(lambda _=False, preset=preset: self._choose(preset))
            row.addWidget(card, 1)
        self.body.addWidget(holder)
        self.search = TickBox(look, tr("Find parameters for me, for at most"))
        self.search.setToolTip(
            tr("Tries different parameters before the training, and gives up early those that are bad")
        )
        self.minutes = QLineEdit(str(_SEARCH_MINUTES))
        self.minutes.setFixedWidth(64)
        self.minutes.setAccessibleName(tr("Minutes for the search"))
        self.search.clicked.connect(self._set_search)
        self.minutes.editingFinished.connect(self._set_search)
        line = QHBoxLayout()
        line.setSpacing(sizes.gap)
        line.addWidget(self.search)
        line.addWidget(self.minutes)
        line.addWidget(label(tr("minutes")))
        line.addStretch(1)
        self.body.addLayout(line)
        self.after = FlowText(look, color="muted")
        then = QHBoxLayout()
        then.setSpacing(sizes.pad)
        then.addWidget(IconPicture(look, "info"))
        then.addWidget(self.after, 1, Qt.AlignmentFlag.AlignVCenter)
        promise = Card(look)
        promise.body.addLayout(then)
        self.body.addWidget(promise)
        self.advanced_button = LinkButton(tr("Show the parameters"), tr("All parameters of the training"))
        self.advanced_button.setCheckable(True)
        self.advanced_button.toggled.connect(self._toggle)
        self.body.addWidget(self.advanced_button)
        self.problem = FlowText(look, color="bad")
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.advanced = QWidget()
        self.advanced.hide()
        self._grid = QGridLayout(self.advanced)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(sizes.pad_dialog)
        self._grid.setVerticalSpacing(sizes.pad)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.body.addWidget(self.advanced)
        self.fields: dict[str, _Field] = {}
        self._values: Parameters | None = None

    # --- showing ---

    def show_state(self, state: Snapshot) -> None:
        method = state.method
        if method is None:
            return
        for info in method.presets:
            card = self.cards[info.name]
            card.show_preset(info, state.task)
            card.set_current(method.preset == info.name)
            card.setEnabled(state.prepared)
        own = tr("Parameters of your own, {time}.", time=minutes_text(method.minutes))
        self.sentence.set_text(
            own if method.preset is None else tr("You can read on while it trains, and stop at any time.")
        )
        held = sum(row.side == "test" and not row.left_out for row in state.data.documents) if state.data else 0
        self.after.set_text(
            tr(
                "It is tested on the {documents} held out, next to the model that you have. Nothing changes "
                "until you activate it.",
                documents=count(held, "{n} document", "{n} documents"),
            )
        )
        self.search.setChecked(method.search_minutes > 0)
        self.search.setEnabled(state.prepared)
        self.minutes.setEnabled(state.prepared and method.search_minutes > 0)
        if method.search_minutes > 0:
            self.minutes.setText(f"{method.search_minutes:g}")
        if tuple(self.fields) != tuple(info.name for info in state.infos):
            self._make_fields(state)
        self._values = method.parameters
        for name, field in self.fields.items():
            field.set_value(getattr(method.parameters, name), method.starts)
            field.setEnabled(state.prepared)
        self._say_problem("")

    def _make_fields(self, state: Snapshot) -> None:
        # Another goal has other parameters.
        for field in self.fields.values():
            self._grid.removeWidget(field)
            field.deleteLater()
        self.fields.clear()
        for number, info in enumerate(state.infos):
            field = self.fields[info.name] = _Field(self._look, info, lambda name: self._set(name))
            if info.kind == "model":
                # Names of models and folders are long: a row of its own.
                self._grid.addWidget(field, 0, 0, 1, _COLUMNS)
            else:
                place = number + (_COLUMNS - 1 if state.infos[0].kind == "model" else 0)
                self._grid.addWidget(field, place // _COLUMNS, place % _COLUMNS)

    def _toggle(self, shown: bool) -> None:
        self.advanced.setVisible(shown)
        self.advanced_button.setText(tr("Hide the parameters") if shown else tr("Show the parameters"))
        self.advanced_button.setAccessibleName(self.advanced_button.text())

    def _say_problem(self, sentence: str, name: str = "") -> None:
        self.problem.set_text(sentence)
        self.problem.setVisible(bool(sentence))
        for key, field in self.fields.items():
            field.set_bad(key == name)

    def foot(self, state: Snapshot) -> Foot:
        ready = state.prepared and state.method is not None
        tip = "" if ready else tr("Look at the labels anew first, at Data.")
        time = minutes_text(state.method.minutes + state.method.search_minutes) if state.method is not None else ""
        primary = Button(tr("Start training"), self._start, ready, tip or tr("It takes {time}.", time=time))
        return Foot(primary)

    # --- what the user does ---

    def _choose(self, preset: Preset) -> None:
        self._model.do(lambda wizard, ctx: wizard.choose_preset(preset))

    def _set_search(self) -> None:
        try:
            wanted = max(0.5, float(self.minutes.text().replace(",", ".")))
        except ValueError:
            wanted = float(_SEARCH_MINUTES)
            self.minutes.setText(str(_SEARCH_MINUTES))
        minutes = wanted if self.search.isChecked() else 0.0
        method = self._model.state.method
        if method is not None and method.search_minutes != minutes:
            self._model.do(lambda wizard, ctx: wizard.search(minutes))

    def _set(self, name: str) -> None:
        if self._values is None:
            return
        try:
            value = self.fields[name].value()
        except ValueError:
            sentence = tr("{name} must be a number.", name=parameter_title(name))
            self._say_problem(sentence, name)
            return
        if name == "start":
            self._choose_start(value)
            return
        if value == getattr(self._values, name):
            return
        changes: dict[str, Any] = {name: value}
        changed = replace(self._values, **changes)
        self._model.do(lambda wizard, ctx: wizard.set_parameters(changed))

    def show_problem(self, error: BaseException) -> bool:
        """An error of the parameters belongs here. Whether it was one."""
        if isinstance(error, UserError) and error.code in BASE_PROBLEMS:
            self._say_problem(error_message(error), "start")
            self._show_start()
            return True
        if not isinstance(error, UsageError) or error.code != "parameter_out_of_range":
            return False
        name = str(error.params.get("name", ""))
        self._say_problem(error_message(error).replace(name, parameter_title(name), 1), name)
        return True

    def _choose_start(self, value: object) -> None:
        """A base model of the list, or one that is asked for: a folder, a name of the hub."""
        start = asked_base(self, str(value))
        if start is None:
            self._show_start()
        elif self._values is not None and start != self._values.start:
            changed = replace(self._values, start=start)
            self._model.do(
                lambda wizard, ctx: wizard.set_parameters(changed, ctx), title=tr("Looking at the base model")
            )

    def _show_start(self) -> None:
        method = self._model.state.method
        if method is not None and "start" in self.fields:
            self.fields["start"].set_value(method.parameters.start, method.starts)

    def _start(self) -> None:
        self._model.do(lambda wizard, ctx: wizard.start(), title=tr("Writing the examples"))


class _PresetCard(ChoiceCard):
    def __init__(self, look: Look, preset: Preset, parent: QWidget | None = None) -> None:
        super().__init__(look, preset_title(preset), parent)
        self.title = label(preset_title(preset), "strong")
        self.time = label(role="secondary")
        self.words = FlowText(look, color="muted")
        for part in (self.title, self.words):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.body.addWidget(self.time)
        self.adopt(self.title, self.time, self.words)

    def show_preset(self, info: PresetInfo, task: str) -> None:
        self.words.set_text(preset_sentence(info.name, task))
        self.time.setText(minutes_text(info.minutes).capitalize())
        self.setAccessibleName(f"{self.title.text()}. {self.words.text} {self.time.text()}")


class _Field(QWidget):
    """One parameter: its name, what it does, and where to change it."""

    def __init__(self, look: Look, info: ParameterInfo, changed: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = info
        self.edit: QLineEdit | QComboBox | QCheckBox
        title, help_text = parameter_title(info.name), parameter_help(info.name)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(label(title))
        words = FlowText(look, help_text, role="secondary", color="muted")
        column.addWidget(words)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.sizes.pad)
        row.addLayout(column, 1)
        if info.kind == "bool":
            self.edit = TickBox(look)
            self.edit.clicked.connect(lambda: changed(info.name))
        elif info.kind in ("choice", "model"):
            self.edit = ChoiceField(look, title)
            self.edit.setFixedWidth(240 if info.kind == "model" else 152)
            self.edit.activated.connect(lambda _: changed(info.name))
        else:
            self.edit = QLineEdit()
            self.edit.setFixedWidth(84)
            self.edit.editingFinished.connect(lambda: changed(info.name))
            help_text = tr("{help} From {lowest} to {highest}.", help=help_text, lowest=f"{info.lowest:g}",
                           highest=f"{info.highest:g}")  # fmt: skip
        self.edit.setAccessibleName(title)
        self.edit.setAccessibleDescription(help_text)
        self.edit.setToolTip(help_text)
        row.addWidget(self.edit)

    def set_bad(self, bad: bool) -> None:
        if isinstance(self.edit, QLineEdit):
            set_property(self.edit, "state", "bad" if bad else "")

    def set_value(self, value: object, starts: tuple[str, ...]) -> None:
        edit, info = self.edit, self._info
        if isinstance(edit, QCheckBox):
            edit.setChecked(bool(value))
        elif isinstance(edit, QComboBox):
            rows = base_rows(starts, str(value)) if info.kind == "model" else [(each, each) for each in info.choices]
            if [edit.itemData(n) for n in range(edit.count())] != [each for each, _ in rows]:
                edit.clear()
                for choice, words in rows:
                    edit.addItem(words, choice)
                    edit.setItemData(edit.count() - 1, choice, Qt.ItemDataRole.ToolTipRole)
            # Nothing said means the active one, which comes first.
            edit.setCurrentIndex(max(0, edit.findData(value)))
        elif not edit.hasFocus() or not edit.isModified():
            edit.setText(f"{value:g}" if isinstance(value, float) else str(value))

    def value(self) -> object:
        """Raises ValueError for what is no number."""
        edit, info = self.edit, self._info
        if isinstance(edit, QCheckBox):
            return edit.isChecked()
        if isinstance(edit, QComboBox):
            return edit.currentData()
        text = edit.text().strip().replace(",", ".")
        return int(text) if info.kind == "int" else float(text)
