"""The wizard's window: on the real flow with a small real run, and its pages on states of the flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.jobs import Context
from assistant.paths import Paths, bundled
from assistant.training.flow import (
    Calibration,
    Changed,
    ClassResult,
    Figure,
    Goal,
    Interval,
    Parameters,
    Place,
    PublishState,
    ResultState,
    RunState,
)
from helpers.training_profile import label_documents
from ui.app import Program, make_application
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow
from ui.models.training import run_text, time_left
from ui.theme import Theme
from ui.wizard import base_choice
from ui.wizard.confusion import ConfusionMatrix
from ui.wizard.model import Snapshot
from ui.wizard.window import WizardWindow
from ui.wizard.words import heading, points_text

_WAIT = 40_000
_TRAINED = 240_000
SMALL = Parameters(
    epochs=1, batch_tokens=256, frozen_layers=11, replay=0.1, precision="fp32", least_steps=12, evaluations=4,
    patience=50, threads=1,
)  # fmt: skip


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths) -> Iterator[Callable[[], MainWindow]]:
    """Starts the program on one profile; again after the one before was ended."""
    programs: list[Program] = []
    make_application()

    def begin() -> MainWindow:
        for program in programs:
            program.shutdown()
        programs.append(Program.build(Engine.create(paths)))
        window = programs[-1].window
        window.show()
        qtbot.waitExposed(window)
        return window

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


@pytest.fixture
def labelled(paths: Paths, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Makes so many labelled documents in the profile."""

    def make(count: int) -> list[Path]:
        with Engine.create(paths) as engine:
            return label_documents(engine, tmp_path / "files", count, 4)

    return make


def opened(window: MainWindow, qtbot: QtBot) -> WizardWindow:
    window.actions_table["retrain"].trigger()
    wizard = window.training.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: bool(wizard.model.state.goals), timeout=_WAIT)
    return wizard


def at_data(window: MainWindow, qtbot: QtBot) -> WizardWindow:
    wizard = opened(window, qtbot)
    wizard.goal.cards["entities"].click()
    qtbot.waitUntil(wizard.primary.isEnabled, timeout=_WAIT)
    wizard.primary.click()
    qtbot.waitUntil(lambda: wizard.model.state.data is not None and not wizard.model.is_busy, timeout=_WAIT)
    return wizard


def settled(wizard: WizardWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not wizard.model.is_busy, timeout=_WAIT)


def test_labels_to_an_active_model_over_a_restart(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot
) -> None:
    """The whole way with a real trainer: closed and found again, ended in the middle and offered again."""
    pytest.importorskip("torch")
    files = labelled(8)
    window = start()
    wizard = at_data(window, qtbot)
    wizard.primary.click()
    qtbot.waitUntil(lambda: wizard.model.state.step == "method", timeout=_WAIT)
    wizard.model.do(lambda flow, ctx: flow.set_parameters(SMALL))
    settled(wizard, qtbot)
    assert wizard.method.fields["least_steps"].edit.text() == "12"  # type: ignore[union-attr]
    wizard.primary.click()
    qtbot.waitUntil(lambda: wizard.model.state.run is not None, timeout=_WAIT)
    run = wizard.model.state.run
    assert run is not None
    qtbot.waitUntil(lambda: wizard.train.chart is not None, timeout=_WAIT)

    # Closed, and found again at the bottom of the main window.
    wizard.close()
    assert window.training.wizard is None
    qtbot.waitUntil(lambda: len(window.training.training.runs[run.id].curve) > 0, timeout=_TRAINED)
    qtbot.waitUntil(lambda: window.status.jobs_button.text().startswith("Training entities"), timeout=_WAIT)
    assert window.training.training.runs[run.id].unfinished

    # The program ends in the middle; the next one offers what is not through.
    window = start()
    window.training.training.begin()
    qtbot.waitUntil(lambda: run.id in window.training.training.runs, timeout=_WAIT)
    assert window.training.training.runs[run.id].status == "interrupted"
    qtbot.waitUntil(lambda: "interrupted" in window.status.jobs_button.text(), timeout=_WAIT)
    wizard = opened(window, qtbot)
    assert [card.run for card in wizard.goal.run_cards] == [run.id]
    wizard.close()
    window.status.jobs_button.click()
    again = window.training.wizard
    assert again is not None
    qtbot.waitUntil(lambda: again.model.state.run is not None and again.primary.text() == "Go on", timeout=_WAIT)
    again.primary.click()
    qtbot.waitUntil(lambda: again.primary.text() == "See the result" and again.primary.isEnabled(), timeout=_TRAINED)
    again.primary.click()
    qtbot.waitUntil(lambda: again.model.state.result is not None, timeout=_WAIT)
    result = again.model.state.result
    assert result is not None
    assert again.result.classes.row_count == len(result.classes) + 1
    assert len(again.result.changes.rows) == len(result.changed)

    # What the run was made of can be looked at, not changed under it.
    again.rail.buttons["data"].click()
    qtbot.waitUntil(lambda: again.model.state.step == "data" and not again.model.is_busy, timeout=_WAIT)
    assert again.data.sentence.text.startswith("This is what the run was started with.")
    assert not again.data.split.isEnabled()
    again.rail.buttons["result"].click()
    qtbot.waitUntil(lambda: again.model.state.step == "result" and not again.model.is_busy, timeout=_WAIT)

    # Each change is one click from its place.
    if again.result.changes.rows:
        place = result.changed[0].place
        again.result.changes.rows[0].click()
        view = window.view
        assert view is not None
        assert view.session.path == place.path
        assert place.path in files
        qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)

    again.primary.click()
    qtbot.waitUntil(lambda: again.model.state.step == "publish" and not again.model.is_busy, timeout=_WAIT)
    publish = again.model.state.publish
    assert publish is not None
    again.publish.title.setText("Clauses of ours")
    if publish.worse:
        again.other_buttons[0].click()
        dialog = again.findChild(ConfirmDialog)
        assert dialog is not None
        dialog.yes.click()
    else:
        again.primary.click()
    qtbot.waitUntil(lambda: again.model.state.publish is not None and again.model.state.publish.active, timeout=_WAIT)
    assert again.primary.text() == "Close"
    window.actions_table["models"].trigger()
    models = window.training.models
    assert models is not None
    qtbot.waitUntil(lambda: "Clauses of ours" in [row.title for row in models.versions], timeout=_WAIT)
    again.publish.roll_back.click()
    qtbot.waitUntil(
        lambda: again.model.state.publish is not None and not again.model.state.publish.active, timeout=_WAIT
    )
    qtbot.waitUntil(lambda: next(r.id for r in models.versions if r.task == "entities" and r.active) == "entities@2",
                    timeout=_WAIT)  # fmt: skip


def test_one_document_is_refused_with_a_sentence(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot
) -> None:
    labelled(1)
    window = start()
    wizard = at_data(window, qtbot)
    assert not wizard.primary.isEnabled()
    assert "All labels are in one document" in wizard.data.checks[0].sentence.text
    assert wizard.primary.toolTip() == wizard.data.checks[0].sentence.text
    assert not wizard.rail.buttons["method"].isEnabled()
    assert "one document" in wizard.rail.buttons["method"].accessibleDescription()
    with qtbot.waitSignal(wizard.label_requested, timeout=_WAIT) as asked:
        wizard.data.checks[0].fix.click()
    assert asked.args == ["queue"]


def test_no_labels_are_refused_with_a_sentence(start: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = start()
    wizard = at_data(window, qtbot)
    assert wizard.data.heading.text == "These labels cannot be trained on yet"
    assert "no labels to learn from" in wizard.data.checks[0].sentence.text
    assert not wizard.primary.isEnabled()


def test_data_and_method_by_keyboard_alone(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot
) -> None:
    labelled(6)
    window = start()
    window.actions_table["retrain"].trigger()
    wizard = window.training.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: "entities" in wizard.goal.cards, timeout=_WAIT)
    qtbot.waitUntil(lambda: wizard.focusWidget() is wizard.goal.cards["entities"], timeout=_WAIT)
    QTest.keyClick(wizard.goal.cards["entities"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: wizard.model.state.goal is not None and wizard.primary.isEnabled(), timeout=_WAIT)
    settled(wizard, qtbot)
    QTest.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: wizard.model.state.data is not None and not wizard.model.is_busy, timeout=_WAIT)

    # A class is left out and taken in again by Space.
    data = wizard.model.state.data
    assert data is not None
    wizard.data.classes.setFocus()
    wizard.data.classes.choose(0)
    QTest.keyClick(wizard.data.classes, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: wizard.model.state.data is not data, timeout=_WAIT)
    settled(wizard, qtbot)
    assert [row.left_out for row in wizard.model.state.data.classes] == [True, False, False]  # type: ignore[union-attr]
    assert wizard.data.classes.cell(0, 5).text == "left out"
    QTest.keyClick(wizard.data.classes, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not wizard.model.state.data.classes[0].left_out, timeout=_WAIT)  # type: ignore[union-attr]
    settled(wizard, qtbot)

    # A document goes to another side by the arrow keys.
    first = wizard.model.state.data.documents[0]  # type: ignore[union-attr]
    wizard.data.documents.choose(0)
    button = wizard.data.side.button(first.side)
    QTest.keyClick(button, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: wizard.model.state.data.documents[0].side != first.side, timeout=_WAIT)  # type: ignore[union-attr]
    settled(wizard, qtbot)

    wizard.primary.setFocus()
    QTest.keyClick(wizard.primary, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: wizard.model.state.step == "method", timeout=_WAIT)
    settled(wizard, qtbot)
    quick = wizard.method.cards["quick"]
    quick.setFocus()
    QTest.keyClick(quick, Qt.Key.Key_Right)
    assert wizard.focusWidget() is wizard.method.cards["balanced"]
    QTest.keyClick(wizard.method.cards["balanced"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: wizard.model.state.method.preset == "balanced", timeout=_WAIT)  # type: ignore[union-attr]
    settled(wizard, qtbot)

    # A parameter that cannot be: said at the field, and nothing changed.
    wizard.method.advanced_button.click()
    field = wizard.method.fields["epochs"].edit
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "9999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not wizard.method.problem.isHidden(), timeout=_WAIT)
    assert wizard.method.problem.text == "Epochs must be between 0.1 and 500."
    assert wizard.model.state.method.preset == "balanced"  # type: ignore[union-attr]
    assert wizard.model.state.step == "method"
    QTest.keyClick(wizard, Qt.Key.Key_Escape)
    assert window.training.wizard is None


def test_a_base_model_that_cannot_be_is_told_at_its_field(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    labelled(6)
    wizard = at_data(start(), qtbot)
    wizard.primary.click()
    qtbot.waitUntil(lambda: wizard.model.state.step == "method" and not wizard.model.is_busy, timeout=_WAIT)
    wizard.method.advanced_button.click()
    field = wizard.method.fields["start"].edit
    before = field.currentText()

    def choose(value: str) -> None:
        wizard.method.problem.hide()
        field.setCurrentIndex(field.findData(value))
        field.activated.emit(field.currentIndex())

    monkeypatch.setattr("ui.wizard.base_choice.QInputDialog.getText", lambda *_: ("owner/model", True))
    choose(base_choice.HUB)
    qtbot.waitUntil(lambda: not wizard.method.problem.isHidden(), timeout=_WAIT)
    assert "the network is off" in wizard.method.problem.text
    assert field.currentText() == before
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "weights/pytorch_model.bin").write_bytes(b"\x80\x04.")
    monkeypatch.setattr("ui.wizard.base_choice.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path / "weights"))
    choose(base_choice.FOLDER)
    qtbot.waitUntil(lambda: "is a pickle" in wizard.method.problem.text, timeout=_WAIT)
    assert not wizard.method.problem.isHidden()
    monkeypatch.setattr("ui.wizard.base_choice.QFileDialog.getExistingDirectory", lambda *_: "")
    choose(base_choice.FOLDER)
    assert field.currentText() == before, "given up"
    choose("base")
    qtbot.waitUntil(lambda: wizard.model.state.method.parameters.start == "base", timeout=_WAIT)  # type: ignore[union-attr]


def test_labels_are_picked_in_the_history_and_left_out_of_a_training(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot
) -> None:
    files = labelled(6)
    window = start()
    window.open_paths(files[:1])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.labels.state.can_undo and view.panels.is_built, timeout=_WAIT)
    window.actions_table["label_history"].trigger()
    history = view.panels.labels.lists["history"]
    qtbot.waitUntil(lambda: len(history.rows) > 2, timeout=_WAIT)
    rows = len(history.rows)
    button = next(b for b in history.rows[0].findChildren(QAbstractButton) if "without this label" in b.toolTip())
    button.click()
    qtbot.waitUntil(lambda: len(history.rows) == rows + 1, timeout=_WAIT)
    history.rows[0].click()
    wizard = window.training.wizard
    assert wizard is not None
    qtbot.waitUntil(lambda: wizard.model.state.data is not None and not wizard.model.is_busy, timeout=_WAIT)
    assert wizard.model.state.step == "data"
    said = [check for check in wizard.model.state.data.checks if check.code == "training_left_out"]  # type: ignore[union-attr]
    assert [dict(check.params)["count"] for check in said] == [1]
    wizard.close()


def test_every_control_of_the_wizard_has_a_name(
    start: Callable[[], MainWindow], labelled: Callable[[int], list[Path]], qtbot: QtBot
) -> None:
    labelled(4)
    window = start()
    wizard = at_data(window, qtbot)
    wizard.primary.click()
    qtbot.waitUntil(lambda: wizard.model.state.step == "method", timeout=_WAIT)
    show(wizard, finished("worse"))
    for widget in wizard.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and type(widget).__module__.startswith(("ui", "PySide6")):
            text = getattr(widget, "text", lambda: "")
            named = widget.accessibleName() or (text() if callable(text) else text)
            assert named, f"{type(widget).__name__} in {type(widget.parent()).__name__}"


# --- pages on states of the flow -----------------------------------------------------------------------------------


def interval(value: float) -> Interval:
    return Interval(value, value - 0.02, value + 0.02)


def class_result(label: str, score: float, before: float | None) -> ClassResult:
    return ClassResult(label, interval(score), interval(score), interval(score), 20, 20, 18, before)


def finished(verdict: str) -> Snapshot:
    """The state of a finished run."""
    place = Place("0" * 64, Path("/documents/a.txt"), "a.txt", 10, 14, "Elbe")
    result = ResultState(
        "run", "my-entities@1", "entities@2", 3, 40, class_result("", 0.91, 0.93),
        (class_result("PERSON", 0.95, 0.94), class_result("CLAUSE_NO", 0.90, None)), interval(0.93),
        Interval(-0.02, -0.03, -0.01), verdict,  # type: ignore[arg-type]
        ("PERSON", "CLAUSE_NO", ""), ((18, 1, 1), (0, 20, 0), (2, 0, 0)), Calibration((0.9,), (0.8,), (10,), 0.1),
        (Changed(False, place, "LOCATION", "LOCATION", "", "on the Elbe"),
         Changed(True, place, "PERSON", "LOCATION", "PERSON", "Elbe")),
        1, 1, replay={"PERSON": (0.9, 0.85)},
    )  # fmt: skip
    run = RunState("run", "entities", "x", "finished", seconds=161.0)
    publish = PublishState("run", "my-entities", "1", "int8", 1e-5, 0.909, 0.91, 0.001, 21_000_000, 12.0,
                           verdict == "worse")  # fmt: skip
    return Snapshot("result", run=run, result=result, publish=publish, blocked={})


def show(wizard: WizardWindow, state: Snapshot) -> None:
    wizard.model.state = state
    wizard.model.changed.emit(state)


def test_the_heading_says_what_is_proven() -> None:
    result = finished("worse").result
    assert result is not None
    assert "on the same held-out documents" in heading(result)
    forgot = replace(result, difference=Interval(0.3, 0.2, 0.4))
    assert heading(forgot) == "Worse at what the current model knows already"
    few = replace(forgot, verdict="same", documents=3)
    assert heading(few) == "Better on the held-out documents, but they are too few to be sure"
    unclear = replace(few, documents=30, difference=Interval(-0.015, -0.1, 0.1))
    assert heading(unclear) == "No clear difference from the current model on the same held-out documents"


def test_a_worse_model_is_not_activated_by_enter(start: Callable[[], MainWindow], qtbot: QtBot) -> None:
    wizard = opened(start(), qtbot)
    settled(wizard, qtbot)
    show(wizard, finished("worse"))
    assert wizard.result.heading.text == "Worse than the current model on the same held-out documents"
    assert wizard.result.score.figure.full_text == "0.910"
    assert wizard.result.score.note.text == "−2.0 (95% CI −3.0 to −1.0)"
    assert wizard.result.skills.figure.full_text == "weaker"
    assert [wizard.result.classes.cell(row, 5).text for row in range(3)] == ["+1.0", "new", "−2.0"]
    words = [row.accessibleName() for row in wizard.result.changes.rows]
    assert "Elbe missed, worse" in words[0]
    assert "Elbe Person, was Place, better" in words[1]
    wizard.result.changes.worse.click()
    assert len(wizard.result.changes.rows) == 1
    show(wizard, replace(finished("worse"), step="publish"))
    assert wizard.primary.text() == "Keep the current model"
    asked: list[bool] = []
    wizard.publish._publish = lambda **options: asked.append(options["insist"])  # type: ignore[method-assign]
    wizard.other_buttons[0].click()
    dialog = wizard.findChild(ConfirmDialog)
    assert dialog is not None
    assert "0.930" in dialog.sentence.text
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert asked == []
    # Nor is one that was compared with another model than that in use.
    state = finished("better")
    assert state.publish is not None
    show(wizard, replace(state, step="publish", publish=replace(state.publish, other="my-entities@7")))
    assert "my-entities@7 is in use now" in wizard.publish.words.text
    assert wizard.primary.text() == "Keep the current model"
    wizard.other_buttons[0].click()
    dialogs = [each for each in wizard.findChildren(ConfirmDialog) if each.isVisible()]
    dialogs[-1].yes.click()
    assert asked == [True]


def test_a_reader_is_judged_by_questions_and_a_summary_by_sentences(
    start: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    wizard = opened(start(), qtbot)
    settled(wizard, qtbot)
    assert all(card.isEnabled() for card in wizard.goal.cards.values())
    place = Place("0" * 64, Path("/documents/a.txt"), "a.txt", 10, 14, "Who lets the flat?")
    known = finished("better")
    assert known.result is not None
    result = replace(
        known.result, classes=(class_result("ANSWERED", 0.8, 0.7), class_result("ABSENT", 0.9, 0.9)),
        confusion_labels=("ANSWERED", "ABSENT"), confusion=((18, 2), (1, 9)),
        changed=(
            Changed(True, place, "Mary Jones", "500 euros", "Mary Jones", "Who lets the flat?"),
            Changed(False, place, "Mary Jones", "Mary Jones", "", "Who lets the flat?"),
        ),
        replay={"": (0.7, 0.71), "ANSWERED": (0.72, 0.69)},
        figures=(Figure("exact", interval(0.5), interval(0.4)), Figure("no_answer", interval(0.9), interval(0.8))),
    )  # fmt: skip
    assert known.run is not None
    asked = replace(known, goal=Goal("answers"), run=replace(known.run, task="answers"), result=result)
    show(wizard, asked)
    page = wizard.result
    assert "40 questions" in page.sentence.text
    assert [page.classes.cell(row, 0).text for row in range(3)] == ["With an answer", "No answer in it", "All"]
    assert page.skills.note.text == "largest loss: With an answer −3.0"
    assert page.library.caption.text() == "Rightly no answer"
    assert (page.library.figure.full_text, page.library.note.text) == ("0.90", "before: 0.80")
    assert "Exactly right: 0.500" in page.library.toolTip()
    words = [row.accessibleName() for row in page.changes.rows]
    assert "Who lets the flat? “Mary Jones”, was “500 euros”, better" in words[0]
    assert "no answer, was “Mary Jones”, worse" in words[1]
    result = replace(
        result, classes=(class_result("MARKED", 0.4, 0.3),), confusion_labels=("MARKED", ""),
        figures=(Figure("rouge1", interval(0.5), None), Figure("precision", interval(0.6), None)),
        changed=(Changed(True, place, "MARKED", "", "MARKED", "text"),),
    )  # fmt: skip
    show(wizard, replace(asked, goal=Goal("summary"), run=replace(known.run, task="summary"), result=result))
    assert page.score.caption.text() == "ROUGE-1, new"
    assert page.library.caption.text() == "Chosen as you marked"
    assert page.classes.cell(0, 0).text == "Marked sentences"
    assert "now in the summary, better" in page.changes.rows[0].accessibleName()
    assert page.int8.note.text == "fp32: it is small enough"


def test_the_confusion_matrix_is_read_by_arrow_keys(look: object, qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(look)  # type: ignore[arg-type]
    qtbot.addWidget(matrix)
    matrix.set_counts(["Person", "Place", "nothing"], [[18, 1, 2], [0, 20, 0], [3, 0, 0]])
    matrix.show()
    told: list[str] = []
    matrix.told.connect(told.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(matrix, key)
    assert told[0] == "1 Person taken for Place"
    assert told[1] == "2 Person missed"
    assert told[3] == "18 Person found as such"
    assert told[-1] == "3 taken for Person by mistake"
    assert matrix.accessibleDescription() == told[-1]


def test_words_of_a_run() -> None:
    run = RunState("r", "entities", "", "running", "training", 50, 100, seconds_left=170.0)
    assert run_text(run, 4) == "Training entities · epoch 3 of 4 · 3 min left"
    assert run_text(replace(run, status="paused"), 4) == "Training entities · paused"
    assert run_text(replace(run, stage="evaluating", seconds_left=None)) == (
        "Training entities · comparing on held-out documents"
    )
    assert time_left(0.2) == "1 s left"
    assert points_text(-0.0004) == "0.0"
    assert points_text(0.034) == "+3.4"


def test_models_are_compared_renamed_and_deleted_after_a_question(
    start: Callable[[], MainWindow], paths: Paths, qtbot: QtBot
) -> None:
    with Engine.create(paths) as engine:
        made = engine.workshop().import_model(bundled("models") / "entities", Context(), "entities")
    window = start()
    window.actions_table["models"].trigger()
    models = window.training.models
    assert models is not None
    qtbot.waitUntil(lambda: made.id in [row.id for row in models.versions], timeout=_WAIT)
    models.table.choose([row.id for row in models.versions].index(made.id))
    models.other.setCurrentIndex(models.other.findData("entities@2"))
    models.other.activated.emit(models.other.currentIndex())
    qtbot.waitUntil(lambda: not models.metrics.isColumnHidden(2), timeout=_WAIT)
    models.rename_button.click()
    dialog = next(each for each in models.findChildren(ConfirmDialog) if each.isVisible())
    dialog.field.setText("A copy")
    dialog.yes.click()
    qtbot.waitUntil(lambda: "A copy" in [row.title for row in models.versions], timeout=_WAIT)
    models.activate_button.click()
    qtbot.waitUntil(lambda: any(row.title == "A copy" and row.active for row in models.versions), timeout=_WAIT)
    qtbot.waitUntil(lambda: not models.delete_button.isEnabled(), timeout=_WAIT)
    models.back_button.click()
    qtbot.waitUntil(lambda: not any(row.title == "A copy" and row.active for row in models.versions), timeout=_WAIT)
    models.table.choose([row.title for row in models.versions].index("A copy"))
    qtbot.waitUntil(models.delete_button.isEnabled, timeout=_WAIT)
    models.delete_button.click()
    dialog = next(each for each in models.findChildren(ConfirmDialog) if each.isVisible())
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "A copy" in [row.title for row in models.versions]
    models.delete_button.click()
    dialog = next(each for each in models.findChildren(ConfirmDialog) if each.isVisible())
    dialog.yes.click()
    qtbot.waitUntil(lambda: "A copy" not in [row.title for row in models.versions], timeout=_WAIT)


def test_the_chart_follows_the_theme(look: object, qtbot: QtBot) -> None:
    from ui.wizard.chart import CurveChart, Series

    theme: Theme = look.theme  # type: ignore[attr-defined]
    chart = CurveChart(look, "Curves")  # type: ignore[arg-type]
    qtbot.addWidget(chart)
    chart.set_series([Series("Loss", ((1, 0.5), (2, 0.25)), "organization")], "Step")
    light = theme.color("organization").name()

    def colors() -> list[str]:
        return [item.opts["pen"].color().name() for item in chart.plot.getPlotItem().vb.addedItems]

    assert colors() == [light]
    theme.set_mode("dark")
    assert colors() == [theme.color("organization").name()]
    assert theme.color("organization").name() != light
    assert chart.accessibleDescription() == "Loss: from 0.500 to 0.250"
    theme.set_mode("light")
