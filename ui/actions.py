"""What the user can do: one table, from which toolbar, menu, command box and shortcuts are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ui.dialogs.shortcuts import Shortcut
from ui.i18n import _, tr
from ui.views.widgets import Look

Needs = Literal[
    "", "document", "text", "selection", "history_back", "history_forward", "tabs", "closed", "hits", "undo", "redo",
    "notes",
    "panes",
    "printed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One row. ``keys`` are portable key sequences, the first is shown; ``needs`` says when it is enabled."""

    id: str
    title: str
    group: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    needs: Needs = ""
    checkable: bool = False
    in_menu: bool = True


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open", _("Open a document"), "file", ("Ctrl+O",), "folder"),
    ActionSpec("close_tab", _("Close the document"), "file", ("Ctrl+W", "Ctrl+F4"), "close", needs="tabs"),
    ActionSpec("reopen_tab", _("Reopen the closed document"), "file", ("Ctrl+Shift+T",), needs="closed"),
    ActionSpec("next_tab", _("Next document"), "file", ("Ctrl+Tab",), needs="tabs", in_menu=False),
    ActionSpec("previous_tab", _("Previous document"), "file", ("Ctrl+Shift+Tab",), needs="tabs", in_menu=False),
    ActionSpec("print", _("Print…"), "file", ("Ctrl+P",), "print", needs="document"),
    ActionSpec("copy", _("Copy"), "edit", ("Ctrl+C",), "copy", _("Copy the selected text"), "selection"),
    ActionSpec("copy_quotation", _("Copy as a quotation"), "edit", ("Ctrl+Shift+C",), needs="selection"),
    ActionSpec("select_all", _("Select all"), "edit", ("Ctrl+A",), needs="text"),
    ActionSpec("undo", _("Undo"), "edit", ("Ctrl+Z",), "undo", _("Undo the last change to labels and notes"), "undo"),
    ActionSpec("redo", _("Redo"), "edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", _("Make the change again"), "redo"),
    ActionSpec("find", _("Find in the document"), "edit", ("Ctrl+F",), "search", needs="text"),
    ActionSpec("find_next", _("Next hit"), "edit", ("F3",), "down", needs="hits", in_menu=False),
    ActionSpec("find_previous", _("Previous hit"), "edit", ("Shift+F3",), "up", needs="hits", in_menu=False),
    ActionSpec("ask", _("Ask a question"), "edit", ("Ctrl+K",), "question", needs="text"),
    ActionSpec("back", _("Back"), "go", ("Alt+Left",), "back", _("Back to where you jumped from"), "history_back"),
    ActionSpec("forward", _("Forward"), "go", ("Alt+Right",), "forward", _("Forward again"), "history_forward"),
    ActionSpec("go_to_page", _("Go to a page"), "go", ("Ctrl+G", "Ctrl+L"), "pages", needs="document"),
    ActionSpec("zoom_in", _("Zoom in"), "view", ("Ctrl++", "Ctrl+="), "add", needs="document"),
    ActionSpec("zoom_out", _("Zoom out"), "view", ("Ctrl+-",), "minus", needs="document"),
    ActionSpec("zoom_actual", _("Actual size"), "view", ("Ctrl+1",), needs="document"),
    ActionSpec("fit_width", _("Fit the width"), "view", ("Ctrl+0",), "fit_width", needs="document"),
    ActionSpec("fit_page", _("Fit the whole page"), "view", ("Ctrl+9",), needs="document"),
    ActionSpec(
        "printed",
        _("View as printed"),
        "view",
        ("Ctrl+Shift+L",),
        tip=_("The pages as LibreOffice prints them, with the same marks"),
        needs="printed",
        checkable=True,
    ),
    ActionSpec(
        "full_screen",
        _("Full screen"),
        "view",
        ("F11",),
        tip=_("The document on the whole screen"),
        checkable=True,
    ),
    ActionSpec("presentation", _("Presentation"), "view", ("F5",), needs="document", tip=_("One page, on black")),
    ActionSpec("mode_continuous", _("Pages below each other"), "layout", ("Ctrl+5",), needs="document", checkable=True),
    ActionSpec("mode_single", _("One page at a time"), "layout", ("Ctrl+6",), needs="document", checkable=True),
    ActionSpec("mode_two", _("Two pages"), "layout", ("Ctrl+7",), needs="document", checkable=True),
    ActionSpec("mode_two_cover", _("Two pages after a cover"), "layout", ("Ctrl+8",), needs="document", checkable=True),
    ActionSpec("rotate_right", _("Turn to the right"), "layout", ("Ctrl+R",), needs="document"),
    ActionSpec("rotate_left", _("Turn to the left"), "layout", ("Ctrl+Alt+R",), needs="document"),
    ActionSpec("split_beside", _("Two panes side by side"), "layout", ("Ctrl+\\",), needs="document", checkable=True),
    ActionSpec("split_below", _("Two panes, one above the other"), "layout", needs="document", checkable=True),
    ActionSpec("other_pane", _("To the other pane"), "layout", ("F6",), needs="panes"),
    ActionSpec("close_pane", _("Close this pane"), "layout", ("Ctrl+Shift+W",), needs="panes"),
    ActionSpec("dark_pages", _("Dark pages"), "layout", ("Ctrl+Shift+D",), checkable=True),
    ActionSpec(
        "caret_mode",
        _("Caret in the text"),
        "layout",
        ("F7",),
        tip=_("Select words with the arrow keys"),
        needs="text",
        checkable=True,
    ),
    ActionSpec("highlights", _("Highlight entities"), "view", ("Ctrl+H",), needs="text", checkable=True),
    ActionSpec(
        "labelling",
        _("Label the document"),
        "labels",
        ("Ctrl+E",),
        "tag",
        _("Correct and label what was found, on the page"),
        "text",
        checkable=True,
    ),
    ActionSpec("label_queue", _("Label queue"), "labels", needs="text", tip=_("Where a label helps most")),
    ActionSpec("label_history", _("History of the labels"), "labels", needs="text"),
    ActionSpec("disagreements", _("Labels that disagree"), "labels", needs="text"),
    ActionSpec("retrain", _("Retrain…"), "labels", ("Ctrl+Shift+R",), "", _("Train a model on your labels")),
    ActionSpec("models", _("Models"), "labels", (), "type", _("All models and their versions")),
    ActionSpec("highlight", _("Highlight the selection"), "notes", ("Ctrl+Shift+H",), "highlight", needs="selection"),
    ActionSpec("underline", _("Underline the selection"), "notes", ("Ctrl+U",), "underline", needs="selection"),
    ActionSpec("note", _("Add a note"), "notes", ("Ctrl+M",), "note", _("On the selection, or on the page"), "text"),
    ActionSpec("bookmark", _("Bookmark this page"), "notes", ("Ctrl+B",), "bookmark", needs="text"),
    ActionSpec("export_notes", _("Export the notes as Markdown…"), "notes", needs="notes"),
    ActionSpec("export_pdf", _("Export as annotated PDF…"), "notes", ("Ctrl+Shift+E",), "export", needs="text"),
    ActionSpec("theme", _("Light or dark theme"), "window", ("Ctrl+T",), "theme_dark"),
    ActionSpec(
        "left_panel", _("Left panel"), "window", ("F9",), "panel_left", _("Show or hide the left panel"), "tabs"
    ),
    ActionSpec(
        "right_panel", _("Right panel"), "window", ("Shift+F9",), "panel_right", _("Show or hide the results"), "tabs"
    ),
    ActionSpec("pages", _("Pages"), "panels", ("Alt+1",), needs="document"),
    ActionSpec("outline", _("Outline"), "panels", ("Alt+2",), needs="document"),
    ActionSpec("entities", _("Entities"), "panels", ("Alt+3",), needs="document"),
    ActionSpec("notes", _("Notes"), "panels", ("Alt+8",), needs="document"),
    ActionSpec("summary", _("Summary"), "panels", ("Alt+4",), needs="document"),
    ActionSpec("type", _("Document type"), "panels", ("Alt+6",), needs="document"),
    ActionSpec("labels", _("Labels"), "panels", ("Alt+7",), needs="document"),
    ActionSpec("commands", _("Search or run"), "window", ("Ctrl+Shift+P",), "search", in_menu=False),
    ActionSpec("notifications", _("Go to the notifications"), "window", ("F8",), in_menu=False),
    ActionSpec("preferences", _("Preferences…"), "help", ("Ctrl+,",), "settings", _("Preferences")),
    ActionSpec(
        "privacy", _("Privacy"), "help", icon="offline", tip=_("What is kept on this computer, and deleting it")
    ),
    ActionSpec("shortcuts", _("Keyboard shortcuts"), "help", ("F1",), "keys"),
    ActionSpec("whats_new", _("What is new"), "help"),
    ActionSpec("quit", _("Quit"), "quit", ("Ctrl+Q",), "quit"),
)


GROUPS: dict[str, str] = {
    "file": _("Documents"),
    "edit": _("Edit"),
    "go": _("Go"),
    "view": _("View"),
    "layout": _("Pages on the screen"),
    "labels": _("Labels"),
    "notes": _("Notes"),
    "window": _("Window"),
    "panels": _("Panels"),
    "help": _("Docent"),
    "quit": _("Docent"),
}
"""What the groups are called where they have a name."""


_FOLDED = frozenset({"layout"})
"""Groups with a menu of their own."""


def shortcuts() -> list[Shortcut]:
    """The sheet's lines: every action with a key, in the table's order."""
    return [Shortcut(tr(GROUPS[spec.group]), tr(spec.title), spec.keys) for spec in ACTIONS if spec.keys]


class Actions:
    """The table as QActions of a window. ``handlers`` gives the function for every id."""

    def __init__(self, look: Look, window: QWidget, handlers: Mapping[str, Callable[[], None]]) -> None:
        self._window = window
        self._made: dict[str, QAction] = {}
        for spec in ACTIONS:
            action = QAction(tr(spec.title), window)
            action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setCheckable(spec.checkable)
            action.setToolTip(tooltip(tr(spec.tip or spec.title), spec.keys))
            if spec.icon:
                look.icons.attach(action, spec.icon)
            action.triggered.connect(_Call(handlers[spec.id]))
            window.addAction(action)
            self._made[spec.id] = action

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def remove(self) -> None:
        """Take them off the window; their shortcuts go with them."""
        for action in self._made.values():
            self._window.removeAction(action)
            action.deleteLater()

    def enable(self, available: Mapping[str, bool]) -> None:
        """Enable what has what it needs: ``available`` maps the values of :data:`Needs` to whether they are there."""
        for spec in ACTIONS:
            self._made[spec.id].setEnabled(not spec.needs or available.get(spec.needs, False))

    def explain(self, name: str, reason: str) -> None:
        """Say in an action's tooltip why it cannot be done; ``reason`` is empty where it can."""
        spec = next(spec for spec in ACTIONS if spec.id == name)
        self._made[name].setToolTip(tooltip(reason or tr(spec.tip or spec.title), spec.keys))

    def check(self, states: Mapping[str, bool]) -> None:
        """Whether those that are switches are on."""
        for name, on in states.items():
            self._made[name].setChecked(on)

    def fill(self, menu: QMenu) -> None:
        """All actions for people who look for them, in the table's order."""
        menu.clear()
        # Why something cannot be done is said there.
        menu.setToolTipsVisible(True)
        group = ""
        layout: QMenu | None = None
        for spec in ACTIONS:
            if not spec.in_menu:
                continue
            if spec.group in _FOLDED:
                if layout is None:
                    layout = menu.addMenu(tr(GROUPS[spec.group]))
                layout.addAction(self._made[spec.id])
                continue
            if group and spec.group != group:
                menu.addSeparator()
            group = spec.group
            menu.addAction(self._made[spec.id])

    def available(self) -> list[QAction]:
        """What can be run now, for the command box."""
        return [self._made[spec.id] for spec in ACTIONS if self._can_run(spec.id)]

    def _can_run(self, name: str) -> bool:
        return name != "commands" and self._made[name].isEnabled() and self._made[name].isVisible()


class _Call:
    """Drops the ``checked`` argument of a triggered action."""

    def __init__(self, handler: Callable[[], None]) -> None:
        self._handler = handler

    def __call__(self, _checked: bool = False) -> None:
        self._handler()


def tooltip(text: str, keys: tuple[str, ...]) -> str:
    """A tooltip with its shortcut as this system writes it."""
    if not keys:
        return text
    return f"{text} ({QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText)})"
