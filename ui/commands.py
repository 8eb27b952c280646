"""What the command box offers for the words in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from ui.actions import Actions
from ui.i18n import tr
from ui.models.fuzzy import score
from ui.views.command_box import Command
from ui.views.document_view import DocumentView
from ui.views.page_geometry import Spot
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import RecentFile


_LESS = 0.2
"""What other things fit worse than an action with the same words."""
_PAGE = re.compile(r"第?\s*(?P<chinese>\d+)\s*页|(?:(?:p\.?|page)\s*)?(?P<label>\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenTab:
    """A document in a tab, and how it comes to the front."""

    name: str
    show: Callable[[], None]


def commands_for(
    text: str,
    look: Look,
    view: DocumentView | None,
    actions: Actions,
    recent: Sequence[RecentFile],
    tabs: Sequence[OpenTab],
    ask: Callable[[DocumentView, str], None],
    open_paths: Callable[[Sequence[Path]], None],
) -> list[Command]:
    """A page that is named ("p 12"), the words as a search and as a question, then what fits them, the best first:
    actions, other tabs, headings of the document, recent files."""
    icons = look.icons
    if not text:
        return [_action(action) for action in actions.available()]
    rows = _page(text, look, view)
    if view is not None and view.session.document is not None:
        found = tr("Find “{text}” in this document", text=text)
        rows.append(Command(found, "", icons.icon("search", "muted"), partial(view.open_find, text)))
        asked = tr("Ask “{text}”", text=text)
        rows.append(Command(asked, "", icons.icon("question", "muted"), partial(ask, view, text)))
    fitting: list[tuple[float, Command]] = []

    def offer(title: str, command: Callable[[], Command], less: float = 0.0) -> None:
        fits = score(text, title)
        if fits is not None:
            fitting.append((fits - less, command()))

    for action in actions.available():
        offer(action.text(), partial(_action, action))
    for tab in tabs:
        name = tr("Go to {name}", name=tab.name)
        offer(tab.name, partial(Command, name, tr("Open"), icons.icon("document_text", "muted"), tab.show), _LESS)
    handle = view.session.handle if view is not None else None
    if view is not None and handle is not None:
        document = view.session.document
        outline = (document.outline if document is not None else ()) or handle.outline
        for item in outline:
            place = tr("page {page}", page=item.page)
            run = partial(view.pages.go_to, Spot(item.page, 0.0, item.y), record=True)
            offer(item.title, partial(Command, item.title, place, icons.icon("outline", "muted"), run), 2 * _LESS)
    for file in recent:
        if not file.missing:
            opened = tr("Open {name}", name=file.path.name)
            run_file = partial(open_paths, [file.path])
            offer(file.path.name, partial(Command, opened, "", icons.icon("document", "muted"), run_file), 3 * _LESS)
    fitting.sort(key=lambda row: -row[0])
    return [*rows, *(command for _, command in fitting)]


def _action(action: QAction) -> Command:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return Command(action.text(), keys, action.icon(), action.trigger)


def _page(text: str, look: Look, view: DocumentView | None) -> list[Command]:
    """The page that ``12``, ``p 12``, ``page 12`` or ``第 12 页`` names, by its label or else its number."""
    named = _PAGE.fullmatch(text)
    if named is None or view is None or not view.is_open:
        return []
    name = named["label"] or named["chinese"]
    labels = list(view.page_labels)
    page = labels.index(name) + 1 if name in labels else int(name) if name.isdecimal() else 0
    if not 1 <= page <= view.page_count:
        return []
    title = tr("Go to page {page}", page=name)
    hint = tr("{page} of {total}", page=page, total=view.page_count)
    return [Command(title, hint, look.icons.icon("pages", "muted"), partial(view.pages.go_to_page, page))]
