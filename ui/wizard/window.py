"""The wizard's window: the rail of steps, the page in front, the foot. It may be closed at any time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from assistant.errors import UserError
from assistant.training.flow import STEPS, StepName
from ui.dialogs.confirm import ConfirmDialog, ask
from ui.dialogs.error import ErrorDialog
from ui.i18n import error_message, tr
from ui.models.training import task_title
from ui.theme import set_property
from ui.views.widgets import FlowText, IconButton, Look, resize_on_screen
from ui.wizard.data import DataPage
from ui.wizard.goal import GoalPage
from ui.wizard.method import MethodPage
from ui.wizard.model import Snapshot, WizardModel
from ui.wizard.parts import Button, Foot, Page, StepRail
from ui.wizard.publish import PublishPage
from ui.wizard.result import ResultPage
from ui.wizard.train import TrainPage


class WizardWindow(QWidget):
    """A window beside the main one, so that one can read on. It ends when it is closed; its run does not."""

    place_requested = Signal(object)
    """:class:`Place`: to be shown in its document."""
    label_requested = Signal(str)
    """``queue`` or ``disagreements``: a list of labels to go through."""
    run_requested = Signal(str)
    """Another run's wizard is wanted in place of this one."""
    models_requested = Signal()
    closed = Signal()
    bug = Signal(object)

    def __init__(self, look: Look, model: WizardModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._look, self.model = look, model
        model.setParent(self)
        sizes = look.sizes
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(sizes.window_min_width, sizes.window_min_height)
        resize_on_screen(self, sizes.wizard_width, sizes.wizard_height)
        self.rail = StepRail(look)
        self.rail.chosen.connect(lambda step: model.go(next(name for name in STEPS if name == step)))
        self.goal = GoalPage(look, model)
        self.data = DataPage(look, model)
        self.method = MethodPage(look, model)
        self.train = TrainPage(look, model)
        self.result = ResultPage(look, model)
        self.publish = PublishPage(look, model)
        self.pages: dict[StepName, Page] = {
            "goal": self.goal, "data": self.data, "method": self.method,
            "train": self.train, "result": self.result, "publish": self.publish,
        }  # fmt: skip
        self.stack = QStackedWidget()
        for page in self.pages.values():
            self.stack.addWidget(page)
        self._notice = _Notice(look)
        self._foot: _FootRow = _FootRow(look)
        self._foot.back.clicked.connect(model.back)
        body = QVBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._notice)
        body.addWidget(self.stack, 1)
        body.addWidget(self._foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(body, 1)
        self._step: StepName | None = None
        self._focus_wanted = False
        self._wire()
        self._show(model.state)

    def _wire(self) -> None:
        self.model.changed.connect(self._show)
        self.model.failed.connect(self._on_failed)
        self.goal.run_requested.connect(self.run_requested)
        self.data.place_requested.connect(self.place_requested)
        self.data.label_requested.connect(self.label_requested)
        self.result.place_requested.connect(self.place_requested)
        self.train.cancel_requested.connect(self._ask_cancel)
        for page in (self.train, self.result, self.publish):
            page.close_requested.connect(self.close)
        self.publish.models_requested.connect(self.models_requested)

    @property
    def primary(self) -> QPushButton:
        return self._foot.primary

    @property
    def back(self) -> QPushButton:
        return self._foot.back

    @property
    def other_buttons(self) -> list[QPushButton]:
        return self._foot.others

    @property
    def notice(self) -> str:
        """What went wrong last; empty when nothing did."""
        return self._notice.words.text if not self._notice.isHidden() else ""

    @property
    def page(self) -> Page:
        return self.pages[self.model.state.step]

    # --- showing ---

    def _show(self, state: Snapshot) -> None:
        title = tr("Retrain")
        if state.goal is not None or state.run is not None:
            title = tr("Retrain {what}", what=task_title(state.task).lower())
        self.setWindowTitle(tr("{title} – Docent", title=title))
        self.rail.title.set_text(title)
        self.rail.show_steps(state.step, state.blocked)
        self.rail.hint.set_text(
            tr("Everything stays on this computer. Your labels and the model that you have are not touched.")
        )
        page = self.pages[state.step]
        page.show_state(state)
        self._foot.show_foot(page.foot(state))
        if state.step != self._step:
            self._step = state.step
            self._notice.hide()
            self.stack.setCurrentWidget(page)
            page.verticalScrollBar().setValue(0)
            page.enter()
            # What had the focus belongs to another page.
            page.setFocus(Qt.FocusReason.OtherFocusReason)
            self._focus_wanted = True
        if self._focus_wanted and self.primary.isEnabled() and not self.primary.isHidden():
            self._focus_wanted = False
            focused = self.focusWidget()
            if focused is None or focused is page or not page.isAncestorOf(focused):
                self.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        if state.run is not None and self.isVisible() and state.step in ("train", "result", "publish"):
            self.model.training.see(state.run.id)

    def _on_failed(self, error: BaseException) -> None:
        if self.method.show_problem(error):
            return
        if isinstance(error, UserError):
            self._notice.say(error_message(error))
        else:
            self.bug.emit(error)
            dialog = ErrorDialog(self._look, error, parent=self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
        # Fields that were refused show again what is true.
        self.page.show_state(self.model.state)

    def _ask_cancel(self) -> None:
        run = self.model.state.run
        if run is None:
            return
        dialog = ConfirmDialog(
            self._look, tr("Cancel the training?"),
            tr("What was trained in this run is thrown away. Your labels and your models stay."),
            tr("Cancel training"), no=tr("Go on training"), parent=self,
        )  # fmt: skip
        ask(dialog, lambda: self._cancel(run.id))

    def _cancel(self, run: str) -> None:
        self.model.training.command(lambda workshop: workshop.cancel(run))
        if self.model.state.prepared:
            self.model.go("method")
        else:
            self.close()

    # --- the window itself ---

    def sizeHint(self) -> QSize:
        return QSize(self._look.sizes.wizard_width, self._look.sizes.wizard_height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # In a field, Enter says that what is written counts, and no more.
            if not isinstance(self.focusWidget(), QLineEdit) and self.primary.isEnabled():
                self.primary.click()
        elif event.key() == Qt.Key.Key_Left and event.modifiers() == Qt.KeyboardModifier.AltModifier:
            self.back.click()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            run = self.model.state.run
            if run is not None and self.model.state.step in ("train", "result", "publish"):
                self.model.training.see(run.id)
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        # What is only looked at is given up; what was started is a run of its own.
        self.model.cancel()
        event.accept()
        self.closed.emit()


class _Notice(QWidget):
    """What went wrong, above the page, until it is closed or another page comes."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = FlowText(look, color="bad")
        close = IconButton(look, "close", tr("Close this message"), small=True, color="muted")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.wizard_pad, sizes.gap, sizes.pad, sizes.gap)
        row.addWidget(self.words, 1)
        row.addWidget(close)
        self.hide()

    def say(self, sentence: str) -> None:
        self.words.set_text(sentence)
        self.show()


class _FootRow(QWidget):
    """Back at the left; quiet buttons and the one that goes on at the right."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        sizes = look.sizes
        self.setProperty("role", "foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.back = QPushButton(tr("Back"))
        self.back.setToolTip(tr("To the step before (Alt+Left)"))
        self.back.setAccessibleName(tr("Back"))
        self.primary = QPushButton()
        self.primary.setProperty("kind", "primary")
        self._shown = Foot()
        self.primary.clicked.connect(lambda: self._press(self._shown.primary))
        self.others: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(sizes.wizard_pad, sizes.page_gap, sizes.wizard_pad, sizes.page_gap)
        self._row.setSpacing(sizes.gap)
        self._row.addWidget(self.back)
        self._row.addStretch(1)
        self._row.addWidget(self.primary)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _press(self, button: Button | None) -> None:
        if button is not None:
            button.press()

    def show_foot(self, foot: Foot) -> None:
        """Buttons stay where they are while their words are the same, so that the focus does, too."""
        if [b.text() for b in self.others] != [b.title for b in foot.others]:
            for old in self.others:
                self._row.removeWidget(old)
                old.hide()
                old.deleteLater()
            self.others = []
            for number, _ in enumerate(foot.others):
                made = QPushButton()
                made.clicked.connect(lambda _=False, number=number: self._press(self._shown.others[number]))
                self._row.insertWidget(2 + number, made)
                self.others.append(made)
        self._shown = foot
        self.back.setVisible(foot.back)
        for widget, button in zip(self.others, foot.others, strict=True):
            self._dress(widget, button)
        self.primary.setVisible(foot.primary is not None)
        if foot.primary is not None:
            self._dress(self.primary, foot.primary)

    @staticmethod
    def _dress(widget: QPushButton, button: Button) -> None:
        widget.setText(button.title)
        widget.setEnabled(button.enabled)
        widget.setToolTip(button.tip)
        widget.setAccessibleName(button.title)
        widget.setAccessibleDescription(button.tip)
        if button.danger:
            set_property(widget, "kind", "danger")
