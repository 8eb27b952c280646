"""The window drives itself: ``docent open FILE --self-test DIR``.

Real events go into the real widgets, each state is saved as a picture, and the first thing that does not happen ends
the test with a sentence that says which.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from assistant.types import Entity, Span
from ui.i18n import error_message, tr
from ui.self_test_home import home_steps
from ui.self_test_marks import mark_steps
from ui.self_test_pages import page_states, what_is_waited_for
from ui.views.document_view import DocumentView
from ui.views.label_card import Target

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_log = logging.getLogger(__name__)
_TICK_MS = 15
_WIDE = (1440, 900)
_NARROW = (1024, 640)
_QUESTIONS = {"zh": "合同双方是谁？", "en": "Who are the parties?"}


class Failed(Exception):  # noqa: N818 - an outcome of the test, not a fault of the program
    """A step did not happen; the message is for people."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when ``until`` is true; after ``seconds`` the test has failed."""

    what: str
    until: Callable[[], bool]
    seconds: float = 30.0


Steps = Iterator[Wait]


class SelfTest(QObject):
    """Runs the steps in the window's own event loop."""

    finished = Signal(int)
    """0 if everything worked, else 1."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder
        self._steps: Steps = iter(())
        self._wait: Wait | None = None
        self._deadline = 0.0
        self._problem: BaseException | None = None
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)
        window.error_shown.connect(self._on_error)

    def start(self, files: Sequence[Path]) -> None:
        """Open the files and go through all steps."""
        (self._folder / "failed.png").unlink(missing_ok=True)
        self._steps = self._script(list(files))
        self._timer.start()

    def _on_error(self, error: BaseException) -> None:
        self._problem = error

    def _tick(self) -> None:
        try:
            if self._problem is not None:
                raise Failed(tr("an error was shown: {message}", message=error_message(self._problem)))
            if self._wait is not None:
                if not self._wait.until():
                    if time.monotonic() > self._deadline:
                        what, seconds = self._wait.what, round(self._wait.seconds)
                        raise Failed(tr("{what} did not happen within {seconds} s", what=what, seconds=seconds))
                    return
                self._wait = None
            self._wait = next(self._steps, None)
            if self._wait is None:
                self._end(None)
            else:
                self._deadline = time.monotonic() + self._wait.seconds
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the result of the test
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self._timer.stop()
        if error is None:
            self.finished.emit(0)
            return
        _log.error("self-test failed", exc_info=error)
        reason = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
        sys.stderr.write(tr("Self-test failed: {reason}", reason=reason) + "\n")
        self._save("failed")
        self.finished.emit(1)

    # --- the script ------------------------------------------------------------------------------------------

    def _script(self, files: list[Path]) -> Steps:
        window = self._window
        if not files:
            raise Failed(tr("there is no file to open"))
        window.resize(*_WIDE)
        handle = window.windowHandle()
        if QGuiApplication.platformName() == "offscreen" and handle is not None:
            # The pointer that nobody holds lies over no button.
            QTest.mouseMove(handle, QPoint(_WIDE[0] // 2, _WIDE[1] - 1))
        window.open_paths(files)
        view = window.view
        if view is None:
            raise Failed(tr("no tab was opened"))
        yield Wait(tr("opening the document"), lambda: view.is_open or view.session.open_error is not None, 60)
        if view.session.open_error is not None:
            raise Failed(error_message(view.session.open_error))
        yield self._settled(view)
        self._save("01-opened")
        yield Wait(tr("reading the text"), lambda: view.session.document is not None, 120)
        yield Wait(tr("reading the scans"), lambda: not view.session.reads_scans, 600)
        yield Wait(tr("the end of all analyses"), lambda: view.session.analysis_seconds is not None, 300)
        self._check_results(view)
        yield self._settled(view)
        self._save("02-analysed")
        yield from self._empty_states(view)
        yield from self._click_entities(view)
        yield from self._ask(view)
        yield from self._reasons(view)
        window.actions_table["type"].trigger()
        self._save("05-type")
        window.actions_table["ask"].trigger()
        yield from self._switch_theme(view, "06-light" if window.look.theme.is_dark else "06-dark")
        yield from self._switch_theme(view, None)
        yield from self._click_page(view)
        yield from self._panels(view)
        yield from self._find(view)
        yield from self._go_back(view)
        yield from mark_steps(window, view, self._save, Wait)
        yield from self._label(view)
        yield from self._printed(view)
        yield from self._pages(view)
        window.resize(*_NARROW)
        window.actions_table["summary"].trigger()
        yield self._settled(view)
        self._save("11-narrow")
        window.resize(*_WIDE)
        window.actions_table["close_tab"].trigger()
        yield Wait(tr("closing the document"), lambda: window.view is not view)
        yield Wait(tr("the list of recent files"), lambda: bool(window.start_page.rows) or window.view is not None)
        yield from home_steps(window, Wait, self._save)

    def _settled(self, view: DocumentView) -> Wait:
        return Wait(tr("drawing the pages"), lambda: view.pages.is_settled and view.pages.isVisible(), 30)

    def _check_results(self, view: DocumentView) -> None:
        session = view.session
        if session.errors:
            raise Failed(error_message(session.errors[0]))
        document = session.document
        if document is None or not (document.text.strip() or session.notices):
            raise Failed(tr("the document has no text, and nothing says why"))
        if session.entities is None or not session.entities.complete:
            raise Failed(tr("the entities are not complete"))
        if session.summary is None:
            raise Failed(tr("there is no summary"))
        if session.classification is None or not (session.classification.scores or not document.text.strip()):
            raise Failed(tr("the document type was not looked for"))

    def _empty_states(self, view: DocumentView) -> Steps:
        """A document may have nothing to summarize (a table) and name nobody: its panels say so then."""
        session = view.session
        for name, panel, is_empty in (
            ("entities", view.entities, session.entities is not None and not session.entities.entities),
            ("summary", view.summary, session.summary is not None and not session.summary.sentences),
        ):
            if is_empty:
                self._window.actions_table[name].trigger()
                yield Wait(tr("the sentence of an empty panel ({name})", name=name), panel.state_view.isVisible)

    def _click_entities(self, view: DocumentView) -> Steps:
        """Click the entity with the most mentions in the list, twice: to its first mention, then to the next."""
        self._window.actions_table["entities"].trigger()
        found = view.session.entities
        if found is not None and not found.entities:
            self._save("03-entity")
            return
        entity = max(found.entities, key=lambda each: len(each.mentions)) if found is not None else None
        index = view.entities.model.index_of((entity.label, entity.name)) if entity is not None else QModelIndex()
        if entity is None or not index.isValid():
            raise Failed(tr("an entity is missing from the list"))
        tree = view.entities.view
        for number in range(min(len(entity.mentions), 2)):
            tree.scrollTo(index)
            position = tree.visualRect(index).center()
            QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, position)
            span = entity.mentions[number].span
            yield Wait(tr("the jump to an entity"), partial(_is_current, view, span))
            yield self._settled(view)
            yield Wait(tr("showing the entity"), partial(_is_in_sight, view, span))
        self._save("03-entity")

    def _ask(self, view: DocumentView) -> Steps:
        document = view.session.document
        question = _QUESTIONS.get(document.language if document is not None else "en", _QUESTIONS["en"])
        self._window.actions_table["ask"].trigger()
        edit = view.ask.field.edit
        QTest.keyClicks(edit, question) if question.isascii() else edit.setText(question)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        yield Wait(tr("an answer"), lambda: bool(view.ask.cards) and not view.ask.is_busy, 120)
        answers = view.asking.last_answers
        if answers is None:
            problem = view.asking.error
            raise Failed(error_message(problem) if problem is not None else tr("the question was not answered"))
        answer = answers.answer
        if answer is not None:
            yield Wait(tr("showing the answer"), partial(_is_in_sight, view, answer.span))
        yield self._settled(view)
        self._save("04-answer")

    def _reasons(self, view: DocumentView) -> Steps:
        """Why the answer is one; who is named with whom; the summary by section."""
        card, explain = view.ask.cards[-1], view.insights.explain
        answer = card.answers.answer if card.answers is not None else None
        if answer is not None:
            view.insights.explain_answer(card.question, answer, card)
            yield Wait(tr("the reason of an answer"), lambda: explain.isVisible() and explain.sentence.isVisible())
            self._save("04-why", explain)
            explain.close()
        shown = view.arranging.shown
        if shown is not None and shown.entities:
            companions = view.arranging.companions
            view.arranging.show_companions(shown.entities[0], QRect(view.entities.mapToGlobal(QPoint(0, 80)), QSize()))
            yield Wait(tr("who is named with an entity"), companions.isVisible)
            self._save("04-companions", companions)
            companions.close()
        if view.summary.summary is not None and view.summary.summary.sentences:
            self._window.actions_table["summary"].trigger()
            view.summary.set_by_section(True)
            yield Wait(tr("the summary of each section"), lambda: view.summary.sections is not None)
            yield self._settled(view)
            self._save("04-sections")
            view.summary.set_by_section(False)

    def _printed(self, view: DocumentView) -> Steps:
        """The pages of LibreOffice and back, where there are some."""
        action = self._window.actions_table["printed"]
        if not action.isEnabled():
            return
        action.trigger()
        yield Wait(tr("the printed pages"), lambda: view.printed.active, 120)
        yield self._settled(view)
        self._save("16-printed")
        action.trigger()
        yield self._settled(view)

    def _switch_theme(self, view: DocumentView, name: str | None) -> Steps:
        before = self._window.look.theme.is_dark
        self._window.actions_table["theme"].trigger()
        if self._window.look.theme.is_dark == before:
            raise Failed(tr("the theme did not change"))
        yield self._settled(view)
        if name is not None:
            self._save(name)

    def _click_page(self, view: DocumentView) -> Steps:
        """Click an entity on the page: its card opens."""
        found = view.session.entities
        if found is not None and not found.entities:
            return
        if self._mention_in_sight(view) is None and found is not None:
            # The answer is on a page without any.
            view.show_mention(found.mentions[0])
        yield Wait(tr("an entity in sight"), lambda: self._mention_in_sight(view) is not None)
        place = self._mention_in_sight(view)
        if place is None:
            raise Failed(tr("no entity is in sight"))
        viewport = view.pages.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place.toPoint())
        yield Wait(tr("the card of an entity"), view.card.isVisible)
        self._save("07-entity-card", view.card)
        view.card.hide()

    def _panels(self, view: DocumentView) -> Steps:
        self._window.actions_table["pages"].trigger()
        images = view.thumbnails.images
        yield Wait(tr("drawing the thumbnails"), lambda: images is not None and images.bytes_used > 0)
        yield Wait(tr("drawing the thumbnails"), lambda: images is not None and images.pending == 0)
        self._save("08-pages")
        self._window.actions_table["outline"].trigger()
        self._save("09-outline")
        self._window.actions_table["entities"].trigger()

    def _find(self, view: DocumentView) -> Steps:
        found, document = view.session.entities, view.session.document
        entity: Entity | None = next(iter(found.entities), None) if found is not None else None
        words = (
            entity.mentions[0].text if entity is not None else " ".join(document.text.split()[:1]) if document else ""
        )
        if not words:
            return
        self._window.actions_table["find"].trigger()
        view.find_bar.field.setText(words)
        yield Wait(tr("finding words that are in the document"), lambda: bool(view.find_bar.hits))
        self._window.actions_table["find_next"].trigger()
        yield self._settled(view)
        self._save("10-find")
        view.find_bar.close_bar()

    def _go_back(self, view: DocumentView) -> Steps:
        if view.pages.history.can_go_back:
            self._window.actions_table["back"].trigger()
            if not view.pages.history.can_go_forward:
                raise Failed(tr("Back did not go back"))
        yield self._settled(view)

    def _label(self, view: DocumentView) -> Steps:
        """Accept a suggestion, label a word, look at the card and the history, and take all of it back."""
        document, actions = view.session.document, self._window.actions_table
        if document is None or not document.text.strip():
            return
        before = view.labels.state.labels
        actions["labelling"].trigger()
        yield self._labelled(view, lambda: view.labelling.active and view.panels.labels.isVisible())
        suggestion = next(iter(view.labels.state.suggestions), None)
        if suggestion is not None:
            view.labelling.show(Target.of_mention(suggestion))
            yield self._settled(view)
            QTest.keyClick(view.pages, Qt.Key.Key_Return)
            yield self._labelled(view, lambda: view.labels.state.label_at(suggestion.span) is not None)
        QTest.keyClick(view.pages, Qt.Key.Key_Escape)
        QTest.keyClick(view.pages, Qt.Key.Key_Right)
        words = view.labelling.selection()
        if words is None:
            raise Failed(tr("no word was selected by a key"))
        QTest.keyClick(view.pages, Qt.Key.Key_2)
        yield self._labelled(view, lambda: view.labels.state.label_at(words) is not None)
        yield self._settled(view)
        self._save("13-labelling")
        view.labelling.open_card()
        yield Wait(tr("the card of a label"), view.labelling.card.isVisible)
        self._save("14-label-card", view.labelling.card)
        view.labelling.card.hide()
        panel = view.panels.labels
        actions["label_history"].trigger()
        yield Wait(tr("the history of the labels"), lambda: bool(panel.lists["history"].rows))
        self._save("15-label-history")
        # A label is left out of a training, and counts again.
        yield from self._leave_out(view)
        panel.close_list()
        for _ in range(1 if suggestion is None else 2):
            actions["undo"].trigger()
            yield self._labelled(view, lambda: True)
        if view.labels.state.labels != before:
            raise Failed(tr("Undo did not take back the labels"))
        actions["labelling"].trigger()
        yield self._settled(view)

    def _leave_out(self, view: DocumentView) -> Steps:
        left_out, history = view.desk.left_out, view.panels.labels.lists["history"]
        label = view.labels.state.labels[0]
        rows = len(history.rows)
        for action in left_out.actions(label):
            action.call()
        yield Wait(
            tr("a label that is left out"),
            lambda: (
                left_out.holds(label) and len(history.rows) > rows and not history.rows[0].visibleRegion().isEmpty()
            ),
        )
        self._save("15-label-left-out")
        for action in left_out.actions(label):
            action.call()
        yield Wait(tr("a label that counts again"), lambda: len(history.rows) == rows)

    def _pages(self, view: DocumentView) -> Steps:
        """All ways in which pages can be shown, and back to how they were."""
        for name, there in page_states(self._window, view):
            yield Wait(what_is_waited_for(name), there)
            presented = view.shown.presentation
            if name:
                self._save(name, presented)

    def _labelled(self, view: DocumentView, until: Callable[[], bool]) -> Wait:
        return Wait(tr("keeping a label"), lambda: not view.labels.is_busy and until())

    # --- helpers ---------------------------------------------------------------------------------------------

    def _mention_in_sight(self, view: DocumentView) -> QPointF | None:
        found = view.session.entities
        room = view.pages.viewport().rect().adjusted(0, 0, 0, -1)
        for mention in found.mentions if found is not None else ():
            point = view.pages.point_of(mention.span)
            if point is not None and room.contains(point.toPoint()):
                return point
        return None

    def _save(self, name: str, popup: QWidget | None = None) -> None:
        window = self._window
        picture = window.grab()
        if popup is not None:
            painter = QPainter(picture)
            painter.drawPixmap(window.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.grab())
            painter.end()
        self._folder.mkdir(parents=True, exist_ok=True)
        if not picture.save(str(self._folder / f"{name}.png")):
            raise Failed(tr("{name}.png could not be written", name=name))


def _is_current(view: DocumentView, span: Span) -> bool:
    return view.pages.layers.current_mention == span


def _is_in_sight(view: DocumentView, span: Span) -> bool:
    return view.pages.point_of(span) is not None
