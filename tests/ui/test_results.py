"""What is done with results, in the real window with the real models: questions that stay, entities that are arranged,
reasons, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.paths import Paths
from assistant.types import Entity
from ui.app import Program, make_application
from ui.main_window import MainWindow
from ui.views.document_view import DocumentView

_WAIT = 40_000
_TEXT = (
    "Agreement on services\n\nThis is an agreement between Northwind Ltd and Contoso GmbH, for Maria Keller.\n\n"
    "Maria Keller met James Okafor in Hamburg on 3 May 2024. James Okafor signed for Northwind Ltd in Hamburg.\n\n"
    "The annual fee is EUR 5,000 and is due on 1 June 2024. Ms Keller approves each invoice within ten days.\n\n"
    "This agreement is governed by the law of Germany. Contoso GmbH stores all data in Rotterdam.\n"
)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text(_TEXT, encoding="utf-8")
    return path


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths) -> Iterator[Callable[[], MainWindow]]:
    """Starts the program on one profile; may be called again after closing the window."""
    programs: list[Program] = []
    make_application()

    def begin() -> MainWindow:
        while programs:
            programs.pop().shutdown()
        program = Program.build(Engine.create(paths))
        programs.append(program)
        program.window.resize(1200, 800)
        program.window.show()
        qtbot.waitExposed(program.window)
        return program.window

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> DocumentView:
    window.open_paths([path])
    view = window.view
    assert view is not None
    qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
    qtbot.waitUntil(lambda: view.panels.is_built and view.arranging.shown is not None, timeout=_WAIT)
    return view


def _ask(view: DocumentView, question: str, qtbot: QtBot) -> None:
    view.ask_question(question)
    qtbot.waitUntil(lambda: not view.ask.is_busy and bool(view.ask.cards[-1].key), timeout=_WAIT)


def _entity(view: DocumentView, name: str) -> Entity:
    shown = view.arranging.shown
    assert shown is not None
    return next(entity for entity in shown.entities if entity.name == name)


def _mentions(view: DocumentView, name: str) -> int:
    """How many an entity has; 0 where there is no such entity."""
    shown = view.arranging.shown
    return sum(len(entity.mentions) for entity in shown.entities if entity.name == name) if shown is not None else 0


def _questions(view: DocumentView) -> list[str]:
    return [card.question for card in view.ask.cards]


def test_questions_stay_until_they_are_deleted(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    _ask(view, "Which law governs the agreement?", qtbot)
    _ask(view, "What colour is the moon?", qtbot)
    view = _open(start(), note, qtbot)
    qtbot.waitUntil(lambda: len(view.ask.cards) == 2, timeout=_WAIT)
    assert _questions(view) == ["Which law governs the agreement?", "What colour is the moon?"]
    first, second = view.ask.cards
    assert first.answers is not None
    assert first.answers.answer is not None
    assert "Germany" in first.answers.answer.text
    picture = first.picture
    assert picture is not None
    qtbot.waitUntil(lambda: picture.has_picture, timeout=_WAIT)
    second.wanted.emit("delete", None)
    qtbot.waitUntil(lambda: len(view.ask.cards) == 1, timeout=_WAIT)
    view = _open(start(), note, qtbot)
    qtbot.waitUntil(lambda: len(view.ask.cards) == 1, timeout=_WAIT)
    QTest.mouseClick(view.ask.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not view.ask.cards, timeout=_WAIT)
    document = view.session.document
    assert document is not None
    job = view.session.work("", lambda engine, doc, _: engine.notebook.thread(doc))
    assert job is not None
    with qtbot.waitSignal(job.succeeded, timeout=_WAIT) as thread:
        pass
    assert thread.args == [()]


def test_an_answer_is_cited_explained_and_compared(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    view.right_switch.set_current("ask")
    _ask(view, "Which law governs the agreement?", qtbot)
    (card,) = view.ask.cards
    assert card.answers is not None
    answer = card.answers.answer
    assert answer is not None
    menu = card._menu(answer).make_menu()
    titles = [action.text() for action in menu.actions()]
    assert titles == ["Copy with citation", "More like this", "Why this answer?", "Ask again", "Delete this question"]
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "“This agreement is governed by the law of Germany.” (note, p. 1)"
    menu.actions()[2].trigger()
    explain = view.insights.explain
    qtbot.waitUntil(lambda: explain.isVisible() and explain.sentence.isVisible(), timeout=_WAIT)
    assert "weigh most" in explain.accessibleDescription() or "decides" in explain.accessibleDescription()
    assert explain.words.accessibleName().startswith("This agreement is governed")
    QTest.keyClick(explain, Qt.Key.Key_Escape)
    assert not explain.isVisible()
    view.ask.wanted.emit(card, "similar", answer)
    qtbot.waitUntil(lambda: card._similar is not None, timeout=_WAIT)


def test_suggested_questions_are_answered(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    job = view.session.work("", lambda engine, document, ctx: engine.suggest(document, ctx))
    assert job is not None
    with qtbot.waitSignal(job.succeeded, timeout=_WAIT) as found:
        pass
    questions = found.args[0]
    assert questions
    qtbot.waitUntil(lambda: view.ask.suggestions == questions, timeout=_WAIT)
    _ask(view, questions[0], qtbot)
    answers = view.ask.cards[-1].answers
    assert answers is not None
    assert answers.answer is not None
    assert answers.answer.score >= 0.6


def test_entities_are_merged_split_and_undone(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    james, maria = _entity(view, "James Okafor"), _entity(view, "Maria Keller")
    menu = view.arranging.row_menu(james, QPoint(0, 0), view.entities)
    merge = next(action.menu() for action in menu.actions() if action.text() == "Merge into")
    next(action for action in merge.actions() if action.text() == "Maria Keller").trigger()
    total = len(james.mentions) + len(maria.mentions)
    qtbot.waitUntil(lambda: _mentions(view, "Maria Keller") == total, timeout=_WAIT)
    assert view.entities.changes.isVisible()
    assert view.entity_of(james.mentions[0]) == _entity(view, "Maria Keller")
    # It is there the next time; Ctrl+Z in the list takes it back, and not a label.
    view = _open(start(), note, qtbot)
    qtbot.waitUntil(lambda: _mentions(view, "Maria Keller") == total, timeout=_WAIT)
    view.arranging.split(_entity(view, "Maria Keller"), "James Okafor")
    qtbot.waitUntil(lambda: _mentions(view, "Maria Keller") == len(maria.mentions), timeout=_WAIT)
    view.entities.view.setFocus()
    QTest.keyClick(view.entities.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: _mentions(view, "Maria Keller") == total, timeout=_WAIT)
    QTest.keyClick(view.entities.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: _mentions(view, "James Okafor") == len(james.mentions), timeout=_WAIT)


def test_the_list_is_sorted_grouped_and_hidden(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    model = view.entities.model

    def names() -> list[str]:
        top = [model.index(row, 0) for row in range(model.rowCount())]
        return [model.index(row, 0, group).data() for group in top for row in range(model.rowCount(group))]

    tools = view.arranging.tools_menu(view.entities)
    next(action for action in tools.actions() if action.text() == "By name").trigger()
    people = next(model.index(row, 0) for row in range(model.rowCount()) if model.index(row, 0).data() == "People")
    shown = [model.index(row, 0, people).data() for row in range(model.rowCount(people))]
    assert shown == sorted(shown)
    view.arranging.set_hidden(("people",))
    assert "Maria Keller" not in names()
    mention = _entity(view, "Maria Keller").mentions[0]
    assert mention.label in view.pages.layers._hidden
    view.arranging.set_hidden(())
    assert "Maria Keller" in names()
    view.arranging.set_grouping(by_person=True)
    qtbot.waitUntil(lambda: model.index(0, 0).data() in ("Maria Keller", "James Okafor"), timeout=_WAIT)
    view.arranging.show_companions(_entity(view, "James Okafor"), QRect(0, 0, 10, 10))
    card = view.arranging.companions
    qtbot.waitUntil(card.isVisible, timeout=_WAIT)
    assert any("Hamburg" in row.accessibleName() for row in card.rows)
    with qtbot.waitSignal(card.place_activated, timeout=_WAIT) as gone:
        QTest.keyClick(card.rows[0], Qt.Key.Key_Return)
    document = view.session.document
    assert document is not None
    assert "James Okafor" in gone.args[0].of(document.text)


def test_results_are_written_into_files(
    start: Callable[[], MainWindow], qtbot: QtBot, note: Path, tmp_path: Path
) -> None:
    view = _open(start(), note, qtbot)
    job = view.arranging.export(tmp_path / "e.json", "json")
    assert job is not None
    with qtbot.waitSignal(job.succeeded, timeout=_WAIT):
        pass
    made = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert "Maria Keller" in {entity["name"] for entity in made["entities"]}
    view.right_switch.set_current("summary")
    view.summary.set_by_section(True)
    qtbot.waitUntil(lambda: bool(view.summary.sections), timeout=_WAIT)
    job = view.insights.export_summary(tmp_path / "s.docx", "docx")
    assert job is not None
    with qtbot.waitSignal(job.succeeded, timeout=_WAIT):
        pass
    assert (tmp_path / "s.docx").stat().st_size > 1000


def test_a_sentence_lights_up_and_is_explained(start: Callable[[], MainWindow], qtbot: QtBot, note: Path) -> None:
    view = _open(start(), note, qtbot)
    view.right_switch.set_current("summary")
    evidence, row = view.summary._rows[0]
    row.setFocus(Qt.FocusReason.TabFocusReason)
    row.hovered.emit(True)  # type: ignore[attr-defined]
    assert view.pages.layers.flash == evidence.span
    row.hovered.emit(False)  # type: ignore[attr-defined]
    assert view.pages.layers.flash is None
    view.summary.why_requested.emit(evidence, row)
    explain = view.insights.explain
    qtbot.waitUntil(lambda: explain.isVisible() and explain.sentence.isVisible(), timeout=_WAIT)
    explain.close()
    mention = next(m for m in _entity(view, "Maria Keller").mentions if m.source.startswith("model:"))
    view.insights.explain_mention(mention, QRect(0, 0, 10, 10))
    qtbot.waitUntil(lambda: explain.isVisible() and explain.sentence.isVisible(), timeout=_WAIT)
    assert "Keller" in explain.accessibleDescription()
