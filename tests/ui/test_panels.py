"""The panels with real widgets: clicks, keys, states, names for screen readers, both themes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractButton, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from assistant.jobs import Progress
from assistant.types import Answers, Entities, Mention, Span, Summary
from helpers import ui_data as data
from ui.models.entities_model import EntitiesModel, EntityRole
from ui.views.answer_card import AnswerCard
from ui.views.ask_panel import AskPanel
from ui.views.entities_panel import EntitiesPanel, EntityDelegate
from ui.views.summary_panel import SummaryPanel
from ui.views.type_panel import TypeCard, TypePanel
from ui.views.widgets import FlowText, Look, PageChip, PageLabel, PillButton, RowButton


def _shown(qtbot: QtBot, widget: QWidget, width: int = 376, height: int = 700) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


def _click_row(qtbot: QtBot, panel: EntitiesPanel, name: str) -> None:
    entity = next(e for e in data.entities().entities if e.name == name)
    index = panel.model.index_of((entity.label, entity.name))
    place = panel.view.visualRect(index).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


# --- entities -------------------------------------------------------------------------------------------


def test_model_is_a_correct_tree(qtbot: QtBot) -> None:
    model = EntitiesModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_entities(data.entities())
    titles = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert titles == ["Organizations", "People", "Places", "Dates", "Amounts", "Contacts and numbers", "Works", "Other"]
    amounts = model.index(4, 0)
    assert [model.index(row, 0, amounts).data() for row in range(model.rowCount(amounts))] == ["EUR 1,240,000", "2.5%"]
    model.set_filter("keller")
    model.set_entities(data.many_entities(50))
    model.set_filter("")
    model.set_entities(None)
    assert model.rowCount() == 0
    del tester


def test_model_filters_names_and_mentions_whatever_case_and_width(qtbot: QtBot) -> None:
    model = EntitiesModel()
    found = data.entities()
    short = Mention(Span(5, 14), 1, "Northwind", "ORGANIZATION", 0.9, "document")
    renamed = data.entity("Acme", "ORGANIZATION", 1, 3)
    with_alias = type(renamed)("ORGANIZATION", "Acme", (short,), 0.9)
    model.set_entities(Entities((*found.entities, with_alias), (), "m"))
    model.set_filter("nORTHwind")
    assert [model.index(row, 0, model.index(0, 0)).data() for row in range(2)] == ["Northwind Analytics Ltd", "Acme"]
    model.set_filter("ＥＵＲ 1,240")
    assert model.shown == 1
    model.set_filter("ltd north")
    assert model.shown == 1
    model.set_filter("上海")
    assert model.shown == 1
    model.set_filter("north berlin")
    assert model.shown == 0


def test_clicks_cycle_through_the_mentions_of_a_row(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    panel.set_entities(data.entities())
    heard: list[tuple[Mention, int, int]] = []
    panel.mention_activated.connect(lambda *args: heard.append(args))
    for _ in range(3):
        _click_row(qtbot, panel, "Shenzhen")
    assert [(number, total) for _, number, total in heard] == [(1, 2), (2, 2), (1, 2)]
    assert heard[0][0].text == "Shenzhen"
    index = panel.model.current_index()
    assert index.data() == "Shenzhen"
    assert index.data(EntityRole.TRAILER) == "1 of 2"
    _click_row(qtbot, panel, "Hamburg")
    assert heard[-1][1:] == (1, 5)
    assert panel.model.index_of(("LOCATION", "Shenzhen")).data(EntityRole.TRAILER) == "2"


def test_a_double_click_is_two_steps(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    panel.set_entities(data.entities())
    numbers: list[int] = []
    panel.mention_activated.connect(lambda _m, number, _t: numbers.append(number))
    place = panel.view.visualRect(panel.model.index_of(("PERSON", "James Okafor"))).center()
    viewport = panel.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert numbers == [1, 2]


def test_keys_step_fold_and_filter(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    panel.set_entities(data.entities())
    numbers: list[int] = []
    panel.mention_activated.connect(lambda _m, number, _t: numbers.append(number))
    qtbot.keyClick(panel.filter.edit, Qt.Key.Key_Down)
    assert panel.view.currentIndex().data() == "Northwind Analytics Ltd"
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(panel.view, key)
    assert numbers == [1, 2, 1, 14]
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    people = panel.view.currentIndex()
    assert people.data() == "Organizations"
    qtbot.keyClick(panel.view, Qt.Key.Key_Left)
    assert not panel.view.isExpanded(people)
    panel.set_entities(data.entities(complete=True))
    panel.set_entities(data.many_entities(30))
    assert not panel.view.isExpanded(panel.model.index(0, 0)), "a folded group stays folded when results stream in"
    qtbot.keyClick(panel.view, Qt.Key.Key_N)
    assert panel.filter.text() == "n"
    assert panel.view.isExpanded(panel.model.index(0, 0)), "a filter shows what it finds"
    qtbot.keyClick(panel.filter.edit, Qt.Key.Key_Escape)
    assert panel.filter.text() == ""


def test_enter_in_the_filter_goes_to_the_first_hit(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    panel.set_entities(data.entities())
    assert panel.filter.edit.placeholderText() == "Filter 16 entities"
    qtbot.keyClicks(panel.filter.edit, "keller")
    with qtbot.waitSignal(panel.mention_activated) as heard:
        qtbot.keyClick(panel.filter.edit, Qt.Key.Key_Return)
    assert heard.args is not None
    assert heard.args[0].text == "Dr. Maria Keller"
    qtbot.keyClicks(panel.filter.edit, "xyz")
    assert panel.state_view.isVisible()
    assert "kellerxyz" in panel.state_view.sentence.text()
    qtbot.mouseClick(panel.state_view.button, Qt.MouseButton.LeftButton)
    assert panel.view.isVisible()


def test_streaming_keeps_the_current_mention_and_the_row(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    full = data.entities()
    panel.set_entities(Entities(full.entities[:6], (), "m", complete=False))
    panel.set_progress(Progress("entities", 3, 9))
    panel.set_current(full.entities[3].mentions[2])
    assert panel.progress.isVisible()
    assert "3 of 9" in panel.progress.words.full_text
    panel.set_entities(full)
    panel.set_progress(None)
    assert panel.model.current_index().data(EntityRole.TRAILER) == "3 of 6"
    assert panel.view.currentIndex().data() == "Dr. Maria Keller"
    assert not panel.progress.isVisible()
    panel.set_current(Mention(Span(1, 2), 1, "x", "MISC", 1, "user"))
    assert not panel.model.current_index().isValid()


def test_states_of_the_entities(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    sentences = [panel.state_view.sentence.text()]
    panel.set_state("loading")
    sentences.append(panel.state_view.sentence.text())
    panel.set_entities(Entities((), (), "m"))
    sentences.append(panel.state_view.sentence.text())
    panel.set_state("failed", "The model is gone.")
    assert panel.state_view.sentence.text() == "The model is gone."
    # A label was changed: what comes with it is a part, and the failure stays on show.
    panel.set_entities(Entities((), (), "m", complete=False))
    assert panel.state_view.sentence.text() == "The model is gone."
    assert len(set(sentences)) == 3
    with qtbot.waitSignal(panel.retry_requested):
        qtbot.mouseClick(panel.state_view.button, Qt.MouseButton.LeftButton)


def test_five_thousand_entities_stay_virtual(qtbot: QtBot, look: Look) -> None:
    panel = EntitiesPanel(look)
    _shown(qtbot, panel, 264)
    panel.set_entities(data.many_entities(5000))
    asked: set[tuple[int, int]] = set()

    class Counting(EntityDelegate):
        # PySide keeps the method that it found first, so one that is put in place and taken away again would be called
        # after it is gone.
        def paint(
            self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
        ) -> None:
            asked.add((index.parent().row(), index.row()))
            super().paint(painter, option, index)

    panel.view.setItemDelegate(Counting(look, panel.view))
    panel.view.viewport().repaint()
    panel.grab()
    assert 0 < len(asked) < 60
    assert len(panel.view.viewport().findChildren(QWidget)) == 0
    panel.filter.setText("name 04999")
    assert panel.model.shown == 1


# --- summary --------------------------------------------------------------------------------------------


def _rows(panel: QWidget) -> list[RowButton]:
    return [row for row in panel.findChildren(RowButton) if row.isVisible()]


def test_summary_sentences_go_to_their_place(qtbot: QtBot, look: Look) -> None:
    panel = SummaryPanel(look)
    _shown(qtbot, panel)
    found = data.summary(data.document())
    panel.set_summary(found)
    qtbot.waitUntil(lambda: len(_rows(panel)) == 5)
    with qtbot.waitSignal(panel.sentence_activated) as heard:
        qtbot.mouseClick(_rows(panel)[1], Qt.MouseButton.LeftButton)
    assert heard.args == [found.sentences[1].span]
    assert [row.current for row in _rows(panel)] == [False, True, False, False, False]
    _rows(panel)[1].setFocus()
    qtbot.keyClick(_rows(panel)[1], Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.sentence_activated) as heard:
        qtbot.keyClick(_rows(panel)[2], Qt.Key.Key_Return)
    assert heard.args == [found.sentences[2].span]
    panel.set_current(None)
    assert not any(row.current for row in _rows(panel))


@pytest.mark.parametrize("width", [300, 376, 520])
def test_no_sentence_is_cut_off(qtbot: QtBot, look: Look, width: int) -> None:
    panel = SummaryPanel(look)
    _shown(qtbot, panel, width)
    for doc in (data.document(), data.document(data.CHINESE)):
        panel.set_summary(data.summary(doc, "detailed", (1, 2, 108)))
        qtbot.waitUntil(lambda: bool(_rows(panel)) and all(row.height() > 20 for row in _rows(panel)))
        qtbot.waitUntil(
            lambda: all(
                t.height() >= t.heightForWidth(t.width()) for r in _rows(panel) for t in r.findChildren(FlowText)
            )
        )
        assert panel.column.horizontalScrollBar().maximum() == 0
        assert all(row.width() <= width for row in _rows(panel))


def test_the_slider_chooses_the_level_by_mouse_and_keys(qtbot: QtBot, look: Look) -> None:
    panel = SummaryPanel(look)
    _shown(qtbot, panel)
    panel.set_summary(data.summary(data.document()))
    levels: list[str] = []
    panel.level_changed.connect(levels.append)
    slider = panel.slider
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(2, slider.height() // 2))
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, slider.height() // 2))
    assert levels == ["detailed", "sentence", "short"]
    panel.set_level("detailed")
    assert panel.level == "detailed"
    assert len(levels) == 3, "the program's own changes are not the user's"
    assert "detailed" in slider.toolTip()


def test_copying_the_summary(qtbot: QtBot, look: Look) -> None:
    panel = SummaryPanel(look)
    _shown(qtbot, panel)
    assert not panel.copy_button.isEnabled()
    panel.set_summary(data.summary(data.document()))
    with qtbot.waitSignal(panel.copied):
        qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 5
    assert lines[1] == "Contoso pays a fixed annual fee of EUR 1,240,000, invoiced quarterly in advance. (p. 4)"
    assert panel.copy_button.accessibleName() == "Copied"


def test_states_of_the_summary(qtbot: QtBot, look: Look) -> None:
    panel = SummaryPanel(look)
    _shown(qtbot, panel)
    panel.set_state("loading")
    panel.set_progress(Progress("indexing", 2, 4))
    assert panel.state_view.isVisible()
    assert panel.progress.words.full_text.endswith("2 of 4")
    panel.set_summary(Summary("short", (), "m"))
    assert panel.state_view.sentence.text() == "Nothing to summarise: the document has no whole sentences."
    assert not panel.progress.isVisible()
    panel.set_summary(data.summary(data.document()))
    panel.set_state("loading")
    assert panel.column.isVisible(), "the last level stays on show while the next one is made"
    panel.set_state("failed", "Out of memory.")
    with qtbot.waitSignal(panel.retry_requested):
        qtbot.mouseClick(panel.state_view.button, Qt.MouseButton.LeftButton)


# --- ask ------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(qtbot: QtBot, look: Look) -> AskPanel:
    panel = AskPanel(look)
    _shown(qtbot, panel)
    panel.set_document(data.document())
    panel.set_suggestions(("Who are the parties?", "How can it be terminated?"))
    return panel


def test_asking_by_enter_button_and_pill(qtbot: QtBot, ask: AskPanel) -> None:
    questions: list[str] = []
    ask.asked.connect(questions.append)
    qtbot.keyClicks(ask.field.edit, "  When are   invoices due? ")
    qtbot.keyClick(ask.field.edit, Qt.Key.Key_Return)
    assert ask.is_busy
    assert ask.field.edit.text() == ""
    qtbot.keyClicks(ask.field.edit, "Who may approve travel?")
    qtbot.keyClick(ask.field.edit, Qt.Key.Key_Return)
    assert questions == ["When are invoices due?"], "one question at a time"
    ask.set_cancelled()
    qtbot.mouseClick(ask.field.send, Qt.MouseButton.LeftButton)
    ask.set_cancelled()
    pill = next(p for p in ask.findChildren(PillButton) if p.full_text == "Who are the parties?")
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert questions == ["When are invoices due?", "Who may approve travel?", "Who are the parties?"]
    ask.set_cancelled()
    qtbot.keyClick(ask.field.edit, Qt.Key.Key_Return)
    assert len(questions) == 3, "an empty question is not asked"
    left = [pill.full_text for pill in ask.findChildren(PillButton) if not pill.isHidden()]
    assert left == ["How can it be terminated?"], "what was asked is not suggested"
    ask.clear()
    assert ask.suggestions == ("Who are the parties?", "How can it be terminated?")


def test_a_card_makes_room_for_its_picture_at_once(qtbot: QtBot, ask: AskPanel) -> None:
    ask.ask("Who may approve travel?")
    ask.set_answers(data.approves_travel(data.document()))
    card = ask.cards[0]
    qtbot.waitUntil(lambda: card.picture is not None and card.picture.y() > 0)
    assert card.picture is not None
    image = QImage(600, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    card.picture.set_picture(image, [])
    text = card._texts[0][1]
    assert card.picture.height() > 80
    assert card.picture.y() >= text.mapTo(card.picture.parentWidget(), QPoint(0, text.height())).y()
    assert card.height() >= card.heightForWidth(card.width()), "no event was handled since"


def test_up_and_down_recall_questions(qtbot: QtBot, ask: AskPanel) -> None:
    edit = ask.field.edit
    for question in ("one?", "two?"):
        qtbot.keyClicks(edit, question)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        ask.set_cancelled()
    qtbot.keyClicks(edit, "draft")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(edit, key)
        seen.append(edit.text())
    assert seen == ["two?", "one?", "one?", "two?", "draft"]


def _answered(ask: AskPanel, answers: Answers) -> AnswerCard:
    ask.ask(answers.question)
    ask.set_answers(answers)
    return ask.cards[-1]


def test_an_answer_is_marked_quoted_and_goes_to_its_place(qtbot: QtBot, ask: AskPanel) -> None:
    found = data.invoices_due(data.document())
    card = _answered(ask, found)
    text = next(t for t in card.findChildren(FlowText) if t.text == "thirty (30) days of receipt")
    assert text.marked
    quote = next(t for t in card.findChildren(FlowText) if t.text.startswith("“"))
    assert quote.text == "“Invoices are payable within thirty (30) days of receipt.”"
    qtbot.waitUntil(quote.isVisible)
    chip = card.findChild(PageChip)
    assert chip.text() == "p. 4"
    with qtbot.waitSignal(ask.answer_activated) as heard:
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert heard.args == [found.answer]
    _answered(ask, data.approves_travel(data.document()))
    assert not text.marked, "one answer is current"
    with qtbot.waitSignal(ask.answer_activated):
        qtbot.keyClick(text.parentWidget(), Qt.Key.Key_Return)
    assert text.marked


def test_alternatives_unfold(qtbot: QtBot, ask: AskPanel) -> None:
    found = data.approves_travel(data.document())
    card = _answered(ask, found)
    pill = card.findChild(PillButton)
    qtbot.waitUntil(pill.isVisible)
    assert pill.full_text == "2 more"
    other = next(t for t in card.findChildren(FlowText) if t.text == "Contoso Logistics GmbH")
    assert not other.isVisible()
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(other.isVisible)
    with qtbot.waitSignal(ask.answer_activated) as heard:
        other.parentWidget().click()  # type: ignore[union-attr]
    assert heard.args == [found.alternatives[0]]
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert not other.isVisible()


def test_not_in_this_document_shows_the_nearest_passages(qtbot: QtBot, ask: AskPanel) -> None:
    found = data.liability_in_dollars(data.document())
    card = _answered(ask, found)
    assert card.dashed
    assert any(t.text == "Not in this document. Nearest passages:" for t in card.findChildren(FlowText))
    row = card.findChild(RowButton)
    with qtbot.waitSignal(ask.evidence_activated) as heard:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert heard.args == [found.evidence[0]]
    assert row.current
    bare = _answered(ask, Answers("And in yen?", None, (), (), "m"))
    assert any(t.text == "Not in this document." for t in bare.findChildren(FlowText))


def test_waiting_stopping_and_failing(qtbot: QtBot, ask: AskPanel) -> None:
    ask.ask("How long is the term?")
    card = ask.cards[-1]
    assert card.is_waiting
    ask.set_progress(Progress("answering", 3, 8))
    stop = next(b for b in card.findChildren(QAbstractButton) if b.text() == "Stop")
    with qtbot.waitSignal(ask.cancelled):
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    ask.set_cancelled()
    assert not card.is_waiting
    again = next(b for b in card.findChildren(QAbstractButton) if b.text() == "Ask again")
    with qtbot.waitSignal(ask.asked) as heard:
        qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    assert heard.args == ["How long is the term?"]
    ask.set_failed("The model for answers is not installed.")
    assert any("not installed" in t.text for t in ask.cards[-1].findChildren(FlowText))
    assert not ask.is_busy


def test_another_document_empties_the_thread(qtbot: QtBot, ask: AskPanel) -> None:
    _answered(ask, data.invoices_due(data.document()))
    ask.set_document(data.document())
    assert len(ask.cards) == 1, "the same document keeps it"
    ask.set_document(data.document(data.CHINESE))
    assert ask.cards == ()
    ask.set_document(None)
    assert not ask.field.isEnabled()
    assert "Open a document" in ask.state_view.sentence.text()


# --- type -----------------------------------------------------------------------------------------------


def test_type_card_and_panel(qtbot: QtBot, look: Look) -> None:
    card = TypeCard(look)
    qtbot.addWidget(card)
    assert card.isHidden()
    card.set_titles({"contract": "合同"})
    card.set_classification(data.classification())
    assert (card.title.full_text, card.score.text()) == ("合同", "0.97")
    assert card.others.full_text.split() == ["Letter", "0.02", "Report", "0.01"]
    with qtbot.waitSignal(card.why_requested):
        qtbot.mouseClick(card.why, Qt.MouseButton.LeftButton)
    card.set_classification(data.classification(unsure=True))
    assert card.title.full_text == "Unsure of the type"
    assert card.score.text() == ""

    panel = TypePanel(look)
    _shown(qtbot, panel)
    found = data.classification()
    panel.set_classification(found)
    qtbot.waitUntil(lambda: len(_rows(panel)) == 3)
    with qtbot.waitSignal(panel.evidence_activated) as heard:
        qtbot.mouseClick(_rows(panel)[2], Qt.MouseButton.LeftButton)
    assert heard.args == [found.evidence[2]]
    assert [chip.text for chip in panel.findChildren(PageLabel)] == ["p. 4", "p. 4", "p. 12"]
    panel.set_state("failed")
    with qtbot.waitSignal(panel.retry_requested):
        qtbot.mouseClick(panel.state_view.button, Qt.MouseButton.LeftButton)
