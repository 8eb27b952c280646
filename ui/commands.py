"""What the command box offers for the words in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from ui.actions import Actions
from ui.i18n import tr
from ui.views.command_box import Command
from ui.views.document_view import DocumentView
from ui.views.widgets import Look

if TYPE_CHECKING:
    from assistant.engine import RecentFile


def commands_for(
    text: str,
    look: Look,
    view: DocumentView | None,
    actions: Actions,
    recent: Sequence[RecentFile],
    ask: Callable[[DocumentView, str], None],
    open_paths: Callable[[Sequence[Path]], None],
) -> list[Command]:
    """The words as a search and as a question, then actions and recent files whose names hold them all."""
    rows: list[Command] = []
    icons = look.icons
    if text and view is not None and view.session.document is not None:
        found = tr("Find “{text}” in this document", text=text)
        rows.append(Command(found, "", icons.icon("search", "muted"), partial(view.open_find, text)))
        asked = tr("Ask “{text}”", text=text)
        rows.append(Command(asked, "", icons.icon("question", "muted"), partial(ask, view, text)))
    words = text.casefold().split()
    for action in actions.available():
        if all(word in action.text().casefold() for word in words):
            rows.append(
                Command(
                    action.text(),
                    action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
                    action.icon(),
                    action.trigger,
                )
            )
    for file in recent:
        if text and not file.missing and all(word in file.path.name.casefold() for word in words):
            opened = tr("Open {name}", name=file.path.name)
            rows.append(Command(opened, "", icons.icon("document", "muted"), partial(open_paths, [file.path])))
    return rows
