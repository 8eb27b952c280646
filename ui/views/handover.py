"""A document's views are made anew (in another language) while its session lives on: what the old ones leave behind."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import PasswordRequired
from assistant.types import Answers, SummaryLevel
from ui.models.session import Session
from ui.views.document_view import DocumentView


@dataclass(frozen=True, slots=True)
class Here:
    """A place, as :class:`assistant.engine.Place` has it."""

    page: int
    y: float
    zoom: float
    """0 is as wide as the view."""
    view: str


@dataclass(frozen=True, slots=True)
class Left:
    """What a view showed and its session does not know."""

    session: Session
    level: SummaryLevel
    here: Here
    left_part: str
    right_part: str
    thread: tuple[tuple[str, Answers | None], ...]
    """Questions with their answers; None where the answer is still being looked for."""
    draft: str
    """A question that was typed and not asked yet."""
    search: str
    """The words in the find bar; empty where it is closed."""
    scans_stopped: bool


def leave(view: DocumentView) -> Left:
    """Take a view's session from it: it hears nothing any more, and can be deleted. Questions that run are dropped."""
    view.printed.leave()
    panels, here = view.panels, view.pages.here()
    thread: tuple[tuple[str, Answers | None], ...] = ()
    draft = ""
    if panels.is_built:
        thread = tuple((card.question, card.answers) for card in panels.ask.cards)
        draft = panels.ask.field.edit.text()
    kept = Left(
        session=view.session,
        level=view.results.level,
        here=Here(here.page, here.y, view.shown.zoom_to_keep(), view.shown.state_to_keep()),
        left_part=panels.left_switch.current if panels.is_built else "",
        right_part=panels.right_switch.current if panels.is_built else "",
        thread=thread,
        draft=draft,
        search=view.find_bar.field.text() if view.find_bar.isVisibleTo(view.centre) else "",
        scans_stopped=view.scans_stopped,
    )
    view.asking.drop()
    view.session.release()
    view.stop()
    return kept


def resume(view: DocumentView, kept: Left) -> None:
    """Show in a new view, made for the same session, what the old one showed."""
    session = kept.session
    view.results.set_level(kept.level)
    if isinstance(session.open_error, PasswordRequired):
        # The user has closed the dialog that asks for it.
        view.show_locked()
        return
    if session.handle is None and session.open_error is None:
        view.show_opening()
    session.replay(kept.here)
    if session.handle is None:
        return
    if kept.scans_stopped:
        session.scans_stopped.emit(None)
    panels = view.panels

    def fill() -> None:
        panels.left_switch.set_current(kept.left_part)
        panels.right_switch.set_current(kept.right_part)
        panels.ask.field.edit.setText(kept.draft)
        for question, answers in kept.thread:
            panels.ask.ask(question)
            if answers is not None:
                panels.ask.set_answers(answers)
            else:
                view.asking.ask(question)

    if kept.left_part:
        panels.when_built(fill)
    if session.analysis_seconds is not None:
        # The end of the analyses, which asks for them, was told to the old view.
        panels.when_built(view.insights.suggest)
    if kept.search:
        view.open_find(kept.search)
