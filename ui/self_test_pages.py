"""The part of the self-test that goes through the ways in which pages can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ui.i18n import tr
from ui.page_theme import PageTheme
from ui.views.document_view import DocumentView

if TYPE_CHECKING:
    from ui.main_window import MainWindow

State = tuple[str, Callable[[], bool]]


def page_states(window: MainWindow, view: DocumentView) -> Iterator[State]:
    """Brings the window into one state after another: the name of its picture, and when it is there. All is as it was
    at the end."""
    actions = window.actions_table
    page, kept = view.pages.page, view.pages.arrangement
    colors = window.look.page_theme
    chosen = colors.chosen if isinstance(colors, PageTheme) else "theme"

    def drawn() -> bool:
        return view.pages.is_settled and view.pane.is_settled

    for name, mode in (("16-two-pages", "mode_two_cover"), ("17-single-page", "mode_single")):
        actions[mode].trigger()
        actions["fit_page"].trigger()
        yield name, drawn
    view.pages.arrange(kept)
    actions["fit_width"].trigger()
    actions["rotate_right"].trigger()
    yield "18-turned", drawn
    actions["rotate_left"].trigger()
    actions["split_beside"].trigger()
    view.pane.go_to_page(page + 1)
    yield "19-two-panes", drawn
    actions["split_below"].trigger()
    actions["caret_mode"].trigger()
    yield "20-panes-below", drawn
    actions["caret_mode"].trigger()
    actions["close_pane"].trigger()
    actions["dark_pages"].trigger()
    yield "21-other-pages", drawn
    window.screen_state.choose_pages(chosen)
    actions["full_screen"].trigger()
    yield "22-full-screen", drawn
    actions["full_screen"].trigger()
    view.pages.go_to_page(page, record=False)
    actions["presentation"].trigger()
    shown = view.shown.presentation
    yield "23-presentation", lambda: shown is not None and shown.pages.is_settled
    if shown is not None:
        shown.close()
    yield "", drawn


def what_is_waited_for(name: str) -> str:
    """In words, for whom it did not happen."""
    return tr("showing the pages in another way ({name})", name=name)
