"""The states of the self-test that are about notes: the list, the bar over a selection, the print preview."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtWidgets import QWidget

from assistant.types import Span
from ui.dialogs.printing import PrintDialog
from ui.i18n import tr
from ui.views.document_view import DocumentView

if TYPE_CHECKING:
    from ui.main_window import MainWindow

W = TypeVar("W")
Waiting = Callable[[str, Callable[[], bool]], W]


def mark_steps(
    window: MainWindow, view: DocumentView, save: Callable[[str, QWidget | None], None], wait: Waiting[W]
) -> Iterator[W]:
    """Highlight and note something, look at it, and take all of it back."""
    desk, document = view.marks, view.session.document
    if desk is None or document is None or not document.blocks or not document.text.strip():
        return
    block = next((each for each in document.blocks if each.kind == "paragraph"), document.blocks[0])
    span = Span(block.span.start, min(block.span.end, block.span.start + 40))
    steps = len(desk.state.marks)
    view.pages.show_span(span)
    view.pages.pointer.select(span)

    def shown() -> bool:
        # Its place is known once the page has come into sight.
        desk.show_bar()
        return desk.bar.isVisible()

    yield wait(tr("the bar over a selection"), shown)
    save("16-selection", None)
    window.actions_table["highlight"].trigger()
    yield wait(tr("a highlight"), lambda: len(desk.state.marks) == steps + 1)
    window.actions_table["bookmark"].trigger()
    yield wait(tr("a bookmark"), lambda: len(desk.state.marks) == steps + 2)
    window.actions_table["notes"].trigger()
    yield wait(tr("the list of notes"), lambda: view.panels.notes.list.count >= 2)
    save("17-notes", None)
    window.actions_table["print"].trigger()
    dialogs = window.findChildren(PrintDialog)
    if dialogs:
        yield wait(tr("drawing the pages"), lambda: dialogs[0].preview.is_drawn)
        save("18-print", dialogs[0])
        dialogs[0].reject()
    for number in (1, 0):
        window.actions_table["undo"].trigger()
        yield wait(tr("taking a note back"), lambda number=number: len(desk.state.marks) == steps + number)  # type: ignore[misc]
