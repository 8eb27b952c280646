"""Labelling in the real window with the real engine: keys, mouse, panel, card, undo, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.engine import Engine
from assistant.paths import Paths
from assistant.types import Document, Label, Mention, Span
from helpers.documents import Samples
from ui.app import Program, make_application
from ui.main_window import MainWindow
from ui.views.document_view import DocumentView
from ui.views.label_card import Target
from ui.views.widgets import IconButton

_WAIT = 60_000
Keys = Qt.Key
_NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Desk:
    """The window with the contract open, its entities found, and labelling begun."""

    qtbot: QtBot
    program: Program
    view: DocumentView

    @property
    def window(self) -> MainWindow:
        return self.program.window

    @property
    def document(self) -> Document:
        document = self.view.session.document
        assert document is not None
        return document

    @property
    def labels(self) -> tuple[Label, ...]:
        """As the window has them."""
        return self.view.labels.state.labels

    def kept(self) -> tuple[Label, ...]:
        """As they are on the disk."""
        return self.program.engine.labels.of(self.document)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.view.labels.is_busy, timeout=_WAIT)

    def span(self, words: str) -> Span:
        start = self.document.text.index(words)
        return Span(start, start + len(words))

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = _NONE) -> None:
        QTest.keyClick(self.view.pages, key, modifier)
        self.settle()

    def select(self, words: str) -> Span:
        span = self.span(words)
        self.view.pages.pointer.select(span)
        return span

    def suggestion(self, words: str) -> Mention:
        return next(each for each in self.view.labels.state.suggestions if each.text == words)


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot, paths: Paths, samples: Samples) -> Iterator[Callable[[], Desk]]:
    """Starts the program on one profile; may be called again after closing the window."""
    programs: list[Program] = []
    make_application()

    def begin() -> Desk:
        program = Program.build(Engine.create(paths))
        programs.append(program)
        window = program.window
        window.resize(1300, 900)
        window.show()
        qtbot.waitExposed(window)
        window.open_paths([samples.contract])
        view = window.view
        assert view is not None
        qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
        qtbot.waitUntil(lambda: view.panels.is_built and view.pages.is_settled, timeout=_WAIT)
        merged = view.labels.state
        qtbot.waitUntil(
            lambda: view.labels.state.merged is not None and view.labels.state.merged.complete, timeout=_WAIT
        )
        assert merged is not None
        desk = Desk(qtbot, program, view)
        window.actions_table["labelling"].trigger()
        desk.settle()
        return desk

    yield begin
    for program in programs:
        program.shutdown()
        program.window.deleteLater()


@pytest.fixture
def desk(start: Callable[[], Desk]) -> Desk:
    return start()


# --- the mode -------------------------------------------------------------------------------------------


def test_the_mode_shows_its_panel_and_dashes_what_is_only_suggested(desk: Desk) -> None:
    view = desk.view
    assert view.right_switch.current == "labels"
    assert desk.window.actions_table["labelling"].isChecked()
    state = view.labels.state
    assert state.suggestions
    assert view.pages.layers.suggestions == {each.span for each in state.suggestions}
    panel = view.panels.labels
    assert [button.title for button in panel.buttons[:5]] == ["Organization", "Person", "Place", "Date", "Amount"]
    assert panel.review.left.text() == f"{len(state.suggestions)} left"
    desk.window.actions_table["labelling"].trigger()
    assert view.pages.layers.suggestions == frozenset()
    # Outside of the mode a digit is a digit.
    desk.select("Northwind")
    desk.key(Keys.Key_1)
    assert desk.labels == ()


def test_there_is_no_retraining_without_its_wizard(desk: Desk) -> None:
    try:
        import ui.wizard  # noqa: F401  # type: ignore[import-not-found]
    except ImportError:
        assert desk.view.panels.labels.retrain.isHidden()
        assert not desk.window.actions_table["retrain"].isVisible()
        assert desk.window.toolbar.retrain.isHidden()
    else:
        assert not desk.view.panels.labels.retrain.isHidden()
        assert desk.window.toolbar.retrain.isVisible()


# --- by keyboard alone ----------------------------------------------------------------------------------


def test_going_through_suggestions_by_keys(desk: Desk) -> None:
    first, second, third = desk.view.labels.state.suggestions[:3]
    desk.key(Keys.Key_N)
    target = desk.view.labelling.target
    assert target is not None
    assert target.span == first.span
    desk.key(Keys.Key_Return)
    accepted = desk.view.labels.state.label_at(first.span)
    assert accepted is not None
    assert accepted.origin == f"confirmed:{first.source}"
    assert desk.kept() == desk.labels
    assert first.span not in desk.view.pages.layers.suggestions
    target = desk.view.labelling.target
    assert target is not None
    assert target.span == second.span, "the next one follows"
    desk.key(Keys.Key_Delete)
    assert [label.verdict for label in desk.kept()] == ["yes", "no"]
    merged = desk.view.labels.state.merged
    assert merged is not None
    assert second.span not in {each.span for each in merged.mentions}, "what was rejected is on no page"
    target = desk.view.labelling.target
    assert target is not None
    assert target.span == third.span
    desk.key(Keys.Key_P)
    target = desk.view.labelling.target
    assert target is not None
    assert target.span == desk.view.labels.state.suggestions[-1].span, "around the ends"


def test_a_suggestion_is_relabelled_trimmed_and_extended_by_keys(desk: Desk) -> None:
    mention = desk.view.labels.state.suggestions[0]
    desk.key(Keys.Key_N)
    desk.key(Keys.Key_2 if mention.label != "PERSON" else Keys.Key_3)
    label = desk.view.labels.state.label_at(mention.span)
    assert label is not None
    assert label.value == ("PERSON" if mention.label != "PERSON" else "LOCATION")
    assert label.origin == f"corrected:{mention.source}"
    desk.key(Keys.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    longer = desk.view.labels.state.by_id(label.id)
    assert longer is not None
    assert longer.anchor is not None
    assert longer.anchor.span.end > mention.span.end
    assert longer.anchor.span.start == mention.span.start
    desk.key(Keys.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    desk.key(Keys.Key_Left, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
    shorter = desk.view.labels.state.by_id(label.id)
    assert shorter is not None
    assert shorter.anchor is not None
    assert shorter.anchor.span == Span(mention.span.start, mention.span.end - 1)
    assert desk.kept() == desk.labels


def test_words_are_selected_and_labelled_without_a_mouse(desk: Desk) -> None:
    desk.key(Keys.Key_Right)
    first = desk.view.labelling.selection()
    assert first is not None
    assert first.start == 0
    desk.key(Keys.Key_Right)
    second = desk.view.labelling.selection()
    assert second is not None
    assert second.start > first.start
    desk.key(Keys.Key_Down)
    below = desk.view.labelling.selection()
    assert below is not None
    assert below.start > second.end
    desk.key(Keys.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    longer = desk.view.labelling.selection()
    assert longer is not None
    assert longer.start == below.start
    assert longer.end > below.end
    desk.key(Keys.Key_4)
    (label,) = desk.kept()
    assert (label.value, label.origin) == ("DATE", "user")
    assert label.anchor is not None
    assert label.anchor.span == longer
    assert desk.view.pages.selected_text() == ""
    desk.key(Keys.Key_Backspace)
    assert desk.kept() == ()


def test_undo_and_redo_also_after_a_restart(desk: Desk, start: Callable[[], Desk]) -> None:
    span = desk.select("reporting")
    desk.key(Keys.Key_1)
    assert desk.view.labels.state.label_at(span) is not None
    desk.program.shutdown()
    again = start()
    assert again.view.labels.state.label_at(span) is not None
    QTest.keyClick(again.window, Keys.Key_Z, Qt.KeyboardModifier.ControlModifier)
    again.settle()
    assert again.kept() == ()
    assert again.labels == ()
    assert not again.window.actions_table["undo"].isEnabled()
    QTest.keyClick(again.window, Keys.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    again.settle()
    assert again.view.labels.state.label_at(span) is not None


# --- by mouse -------------------------------------------------------------------------------------------


def test_a_click_on_a_suggestion_opens_its_card(desk: Desk) -> None:
    view = desk.view
    mention = next(each for each in view.labels.state.suggestions if view.pages.point_of(each.span) is not None)
    point = view.pages.point_of(mention.span)
    assert point is not None
    QTest.mouseClick(view.pages.viewport(), Qt.MouseButton.LeftButton, _NONE, point.toPoint())
    card = view.labelling.card
    assert card.isVisible()
    assert card.words.text == " ".join(mention.text.split())
    assert card.accept.text() == "Accept"
    card.accept.click()
    desk.settle()
    label = view.labels.state.label_at(mention.span)
    assert label is not None
    view.labelling.show(Target(mention.span, label.value, label.text, label=label))
    view.labelling.open_card()
    assert card.reject.text() == "Remove"
    assert card.source.text.startswith("Confirmed by you")
    card.reject.click()
    desk.settle()
    assert desk.kept() == ()
    assert not card.isVisible()


def test_the_end_of_a_label_is_dragged(desk: Desk) -> None:
    view = desk.view
    start, words = desk.span("Northwind"), "Northwind"
    view.labelling.mark("ORGANIZATION", start)
    desk.settle()
    (label,) = desk.kept()
    line = view.labelling.handles.edge_lines()["end"]
    viewport = view.pages.viewport()
    here = line.center().toPoint()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, _NONE, here)
    there = view.pages.point_of(Span(start.end + 5, start.end + 6))
    assert there is not None
    for step in range(1, 6):
        between = QPointF(here) + (there - QPointF(here)) * step / 5
        QTest.mouseMove(viewport, between.toPoint())
        view.pages.viewportEvent(_move(between))
    assert view.pages.layers.draft is not None
    assert desk.kept() == (label,), "a draft is not kept"
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, _NONE, there.toPoint())
    desk.settle()
    (moved,) = desk.kept()
    assert moved.id == label.id
    assert moved.text.startswith(words)
    assert len(moved.text) > len(words)
    assert view.pages.layers.draft is None


def _move(position: QPointF) -> object:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    button = Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, position, position, button, button, _NONE)


def test_rows_of_the_panel_accept_and_reject(desk: Desk) -> None:
    review = desk.view.panels.labels.review
    first, second = desk.view.labels.state.suggestions[:2]
    before = len(desk.view.labels.state.suggestions)
    review.rows[0].accept.click()
    desk.settle()
    assert review.rows[0].mention == second
    review.rows[0].reject.click()
    desk.settle()
    assert [(label.text, label.verdict) for label in desk.kept()] == [(first.text, "yes"), (second.text, "no")]
    assert review.left.text() == f"{before - 2} left"
    assert review.bar.value() == round(1000 * 2 / before)
    row = review.rows[0]
    assert row.mention is not None
    third = row.mention
    row.setFocus()
    QTest.keyClick(row, Keys.Key_Return)
    desk.settle()
    assert desk.view.labels.state.label_at(third.span) is not None


def test_many_are_accepted_above_a_certainty_and_one_undo_takes_them_back(desk: Desk) -> None:
    desk.view.panels.labels.review.bulk.click()
    bulk = desk.view.desk.bulk
    assert bulk.isVisible()
    bulk.slider.setValue(5)
    chosen = bulk.chosen()
    assert chosen
    assert all(each.score >= 0.9 for each in chosen)
    bulk.button.click()
    desk.settle()
    assert len(desk.kept()) == len(chosen)
    desk.view.panels.labels.undo.click()
    desk.settle()
    assert desk.kept() == ()


def test_least_certain_first(desk: Desk) -> None:
    desk.view.panels.labels.review.order.click()
    scores = [each.score for each in desk.view.labelling.ordered()]
    assert scores == sorted(scores)
    desk.key(Keys.Key_N)
    target = desk.view.labelling.target
    assert target is not None
    assert target.mention is not None
    assert target.mention.score == min(scores)


# --- types ----------------------------------------------------------------------------------------------


def test_a_new_type_is_made_in_place_for_the_selected_words(desk: Desk) -> None:
    panel = desk.view.panels.labels
    span = desk.select("reporting")
    panel.new.click()
    editor = panel.editor
    assert editor.isVisible()
    assert editor.keys.key == "6"
    QTest.keyClicks(editor.field.edit, "Clause no.")
    editor.swatches[2].click()
    QTest.keyClick(editor.field.edit, Keys.Key_Return)
    desk.settle()
    label = desk.view.labels.state.label_at(span)
    assert label is not None
    assert label.value == "CLAUSE_NO"
    assert panel.buttons[5].title == "Clause no."
    assert desk.window.look.theme.entity_token("CLAUSE_NO") == editor.swatches[2].token
    model = desk.view.entities.model
    groups = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert "Clause no." in groups
    desk.select("payable")
    desk.key(Keys.Key_6)
    assert [each.value for each in desk.kept()] == ["CLAUSE_NO", "CLAUSE_NO"]
    panel.type_deleted.emit(panel.buttons[5].kind)
    desk.settle()
    assert panel.buttons[5].title == "Clause no.", "a type with labels stays"
    assert "2 labels are of the type" in desk.view.notices.sentence.text()


def test_the_document_type_is_set_in_one_click(desk: Desk) -> None:
    desk.window.actions_table["type"].trigger()
    chooser = desk.view.type.chooser
    name, pill = next(iter(chooser.pills.items()))
    pill.click()
    desk.settle()
    (label,) = desk.kept()
    assert (label.kind, label.value) == ("type", name)
    assert chooser.pills[name].isChecked()
    assert desk.view.summary.type_card.score.text() == "set by you"
    other = next(each for each in chooser.pills if each != name)
    chooser.pills[other].click()
    desk.settle()
    (label,) = desk.kept()
    assert label.value == other
    chooser.create_requested.emit()
    editor = desk.view.type.editor
    QTest.keyClicks(editor.field.edit, "Bill of lading")
    editor.save.click()
    desk.settle()
    (label,) = desk.kept()
    assert label.value == "bill_of_lading"
    assert chooser.pills["bill_of_lading"].full_text == "Bill of lading"
    chooser.pills["bill_of_lading"].click()
    desk.settle()
    assert desk.kept() == ()


# --- sentences and answers ------------------------------------------------------------------------------


def test_important_sentences_from_the_page_and_from_the_summary(desk: Desk) -> None:
    document = desk.document
    desk.select("reporting")
    desk.key(Keys.Key_S)
    (label,) = desk.kept()
    assert label.kind == "salient"
    assert label.anchor is not None
    assert label.anchor.span.contains(desk.span("reporting"))
    assert len(label.text.split()) > 4
    assert desk.view.pages.layers.salient == (label.anchor.span,)
    desk.select("reporting")
    desk.key(Keys.Key_S)
    assert desk.kept() == ()
    evidence, star = desk.view.summary._stars[0]
    star.click()
    desk.settle()
    (label,) = desk.kept()
    assert label.text == evidence.span.of(document.text).strip()
    star.click()
    desk.settle()
    assert desk.kept() == ()


def test_a_summary_in_own_words(desk: Desk) -> None:
    own = desk.view.summary.own
    own.link.click()
    QTest.keyClicks(own.field, "Northwind analyses, Contoso pays.")
    QTest.keyClick(own.field, Keys.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    (label,) = desk.kept()
    assert (label.kind, label.text) == ("summary", "Northwind analyses, Contoso pays.")
    assert own.words.text == label.text
    own.edit()
    own.field.setPlainText("")
    own._save()
    desk.settle()
    assert desk.kept() == ()


def test_the_right_answer_and_not_in_this_document(desk: Desk) -> None:
    view = desk.view
    view.ask_question("How much is the monthly fee?")
    desk.qtbot.waitUntil(lambda: not view.ask.is_busy, timeout=_WAIT)
    card = view.ask.cards[0]
    card.corrected.emit("selection", None)
    assert card.correction.words.text == "Select the right answer on the page first."
    span = desk.select("reporting")
    card.corrected.emit("selection", None)
    desk.settle()
    (label,) = desk.kept()
    assert (label.kind, label.value, label.verdict) == ("answer", card.question, "yes")
    assert label.anchor is not None
    assert label.anchor.span == span
    assert card.correction.words.text == "You say: reporting"
    card.corrected.emit("absent", None)
    desk.settle()
    (label,) = desk.kept()
    assert (label.verdict, label.anchor) == ("no", None)
    card.correction.undo.click()
    desk.settle()
    assert desk.kept() == ()
    assert card.correction.isHidden()


# --- lists ----------------------------------------------------------------------------------------------


def test_the_history_lists_changes_and_follows_them(desk: Desk) -> None:
    mention = desk.view.labels.state.suggestions[0]
    desk.view.labelling.accept(mention)
    desk.settle()
    desk.window.actions_table["label_history"].trigger()
    panel = desk.view.panels.labels
    shown = panel.lists["history"]
    desk.qtbot.waitUntil(lambda: len(shown.rows) == 1, timeout=_WAIT)
    assert shown.rows[0].accessibleName().startswith(f"{' '.join(mention.text.split())}. Confirmed:")
    desk.view.labels.undo()
    desk.qtbot.waitUntil(lambda: len(shown.rows) == 2, timeout=_WAIT)
    assert "Undone." in shown.rows[0].accessibleName()
    QTest.keyClick(shown, Keys.Key_Escape)
    assert panel.open_list_key == ""


def test_what_another_part_of_the_program_changes_is_shown(desk: Desk) -> None:
    span = desk.span("reporting")
    desk.program.engine.labels.add(desk.document, "entity", "DATE", span)
    desk.qtbot.waitUntil(lambda: desk.view.labels.state.label_at(span) is not None, timeout=_WAIT)
    merged = desk.view.labels.state.merged
    assert merged is not None
    assert any(each.span == span and each.source == "user" for each in merged.mentions)


def test_the_card_of_reading_leads_to_labelling(desk: Desk) -> None:
    view = desk.view
    desk.window.actions_table["labelling"].trigger()
    mention = next(each for each in view.labels.state.suggestions if view.pages.point_of(each.span) is not None)
    point = view.pages.point_of(mention.span)
    assert point is not None
    QTest.mouseClick(view.pages.viewport(), Qt.MouseButton.LeftButton, _NONE, point.toPoint())
    assert view.card.isVisible()
    view.card.correct_button.click()
    assert desk.window.labels.active
    assert view.labelling.card.isVisible()
    assert view.labelling.target is not None
    assert view.labelling.target.span == mention.span
    view.labelling.card.close()


def test_the_page_menu_labels_the_selected_words(desk: Desk) -> None:
    from PySide6.QtWidgets import QMenu

    span = desk.select("reporting")
    menu = QMenu()
    desk.view.desk.fill_menu(menu)
    types = menu.actions()[0].menu()
    assert isinstance(types, QMenu)
    action = next(each for each in types.actions() if each.text().startswith("Place"))
    action.trigger()
    desk.settle()
    label = desk.view.labels.state.label_at(span)
    assert label is not None
    assert label.value == "LOCATION"
    menu.deleteLater()
    assert desk.view.pages.viewport().mapFromGlobal(QPoint(0, 0)) is not None


# --- other documents, and the same one after an edit -------------------------------------------------------


def test_labels_of_an_edited_file_are_placed_again(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "memo.txt"
    path.write_text("Anna Berg leads the project.\n\nThe ship Aurora leaves Rotterdam on Monday.\n", encoding="utf-8")
    view = _open(desk, path)
    for words in ("Anna Berg", "Aurora"):
        start = _text(view).index(words)
        view.labelling.mark("PERSON", Span(start, start + len(words)))
    desk.qtbot.waitUntil(lambda: len(view.labels.state.labels) == 2, timeout=_WAIT)
    desk.window.actions_table["close_tab"].trigger()
    path.write_text(
        "A note.\n\nAnna Berg leads the project.\n\nThe ship Boreas leaves Rotterdam on Monday.\n", encoding="utf-8"
    )
    view = _open(desk, path)
    desk.qtbot.waitUntil(lambda: len(view.labels.state.labels) == 2, timeout=_WAIT)
    (lost,) = view.labels.state.lost
    assert lost.text == "Aurora"
    panel = view.panels.labels
    assert not panel._links["lost"].isHidden()
    panel.open_list("lost")
    row = panel.lists["lost"].rows[0]
    place = next(button for button in row.findChildren(IconButton) if "selected words" in button.toolTip())
    place.click()
    assert "Select the new place" in panel.lists["lost"].sentence.text
    start = _text(view).index("Boreas")
    view.pages.pointer.select(Span(start, start + 6))
    place.click()
    desk.qtbot.waitUntil(lambda: not view.labels.state.lost, timeout=_WAIT)
    assert sorted(label.text for label in view.labels.state.labels) == ["Anna Berg", "Boreas"]


def test_the_queue_opens_another_document_at_its_place(desk: Desk, samples: Samples) -> None:
    first = desk.view
    view = _open(desk, samples.text)
    desk.qtbot.waitUntil(lambda: view.session.analysis_seconds is not None, timeout=_WAIT)
    desk.window.actions_table["label_queue"].trigger()
    shown = view.panels.labels.lists["queue"]
    desk.qtbot.waitUntil(lambda: bool(shown.rows), timeout=_WAIT)
    elsewhere = next(row for row in shown.rows if "contract.pdf" in row.accessibleName())
    elsewhere.click()
    desk.qtbot.waitUntil(lambda: desk.window.view is first, timeout=_WAIT)


def test_disagreements_are_listed_and_solved(desk: Desk) -> None:
    view, text = desk.view, desk.document.text
    starts = [at for at in range(len(text)) if text.startswith("Northwind Analytics GmbH", at)][:2]
    for start, value in zip(starts, ("ORGANIZATION", "PERSON"), strict=True):
        view.labelling.mark(value, Span(start, start + 24))
        desk.settle()
    desk.window.actions_table["disagreements"].trigger()
    shown = view.panels.labels.lists["disagreements"]
    desk.qtbot.waitUntil(lambda: len(shown.rows) == 2, timeout=_WAIT)
    assert shown.total.text() == "1"
    wrong = next(row for row in shown.rows if "Person" in row.accessibleName())
    wrong.click()
    assert view.labelling.target is not None
    assert view.labelling.target.value == "PERSON"
    next(button for button in wrong.findChildren(IconButton)).click()
    desk.qtbot.waitUntil(lambda: len(desk.kept()) == 1, timeout=_WAIT)
    desk.qtbot.waitUntil(lambda: not shown.rows, timeout=_WAIT)
    assert shown.state_view.sentence.text() == "Your labels agree with each other."


def test_what_was_labelled_last_is_kept_when_the_window_closes_at_once(desk: Desk, start: Callable[[], Desk]) -> None:
    words = ("monthly", "reporting", "freight", "volumes")
    for each in words:
        desk.view.labelling.mark("WORK", desk.span(each))
    # No turn of the event loop in between: the first change runs, the others wait for it.
    desk.program.shutdown()
    again = start()
    assert sorted(label.text for label in again.kept()) == sorted(words)


def test_what_cannot_be_labelled_is_said_and_changes_nothing(desk: Desk) -> None:
    desk.view.pages.select_all()
    desk.view.labelling.mark("WORK", Span(0, 1))
    desk.settle()
    before = desk.kept()
    desk.view.labels.run(lambda labels: labels.add(desk.document, "entity", "", desk.span("freight")))
    desk.settle()
    assert "There is nothing to label" in desk.view.notices.sentence.text()
    assert desk.kept() == before == desk.labels


def test_labels_of_a_newer_program_leave_the_reader_what_the_models_found(
    start: Callable[[], Desk], paths: Paths
) -> None:
    import sqlite3

    first = start()
    first.view.labelling.mark("WORK", first.span("freight"))
    first.settle()
    first.program.shutdown()
    database = sqlite3.connect(paths.data / "labels.db")
    database.execute("PRAGMA user_version = 9999")
    database.commit()
    database.close()
    again = start()
    merged = again.view.labels.state.merged
    assert merged is not None
    assert merged.mentions == (again.view.session.entities.mentions if again.view.session.entities else ())
    assert again.view.notices.sentence.text()


def test_every_control_of_labelling_says_what_it_is(desk: Desk) -> None:
    from PySide6.QtWidgets import QAbstractButton

    panel = desk.view.panels.labels
    for key in ("", "history", "queue"):
        if key:
            panel.open_list(key)
            desk.settle()
        silent = [
            f"{type(button).__name__} {button.text()!r}"
            for button in desk.window.findChildren(QAbstractButton)
            if button.isVisible() and not (button.toolTip() and (button.accessibleName() or button.text()))
        ]
        assert silent == []
    desk.key(Keys.Key_N)
    desk.view.labelling.open_card()
    for button in desk.view.labelling.card.findChildren(QAbstractButton):
        assert button.toolTip()
    desk.view.labelling.card.close()


def _open(desk: Desk, path: Path) -> DocumentView:
    desk.window.open_paths([path])
    view = desk.window.view
    assert view is not None
    desk.qtbot.waitUntil(lambda: view.session.document is not None and view.panels.is_built, timeout=_WAIT)
    desk.qtbot.waitUntil(lambda: view.labels.document is not None and not view.labels.is_busy, timeout=_WAIT)
    return view


def _text(view: DocumentView) -> str:
    document = view.session.document
    assert document is not None
    return document.text
