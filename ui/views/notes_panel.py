"""All highlights, notes and bookmarks of a document in a list: filter, go there, edit, copy, remove, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from assistant.types import Mark
from ui.i18n import number_text, tr
from ui.views.mark_paint import mark_token
from ui.views.note_card import kind_title
from ui.views.place_list import PlaceList, PlaceRow, page_words
from ui.views.widgets import IconButton, Look, SearchField, StateView, label


class NotesPanel(QWidget):
    """:meth:`set_marks` fills it. Enter goes to a row's place, Delete removes it, F2 edits it, Ctrl+C copies it."""

    activated = Signal(object)
    """:class:`Mark`."""
    edited = Signal(object)
    removed = Signal(object)
    copied = Signal(object)
    export_wanted = Signal(str)
    """``markdown`` or ``pdf``."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._marks: tuple[Mark, ...] = ()
        self._labels: Sequence[str] = ()
        self.shown: list[Mark] = []
        """Those that the filter lets through."""
        self.filter = SearchField(look, tr("Filter notes"))
        self.filter.edit.textChanged.connect(self._fill)
        self.total = label(role="secondary")
        self.list = PlaceList(look, tr("Notes"), lines=3)
        self.list.chosen.connect(lambda row: self.activated.emit(self.shown[row]))
        self.list.removed.connect(lambda row: self.removed.emit(self.shown[row]))
        self.list.copied.connect(lambda row: self.copied.emit(self.shown[row]))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.state_view = StateView(look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.state_view)
        self.edit_button = IconButton(look, "note", tr("Edit the note"), small=True, shortcut=tr("F2"))
        self.edit_button.setShortcut("F2")
        self.copy_button = IconButton(look, "copy", tr("Copy with its page"), small=True)
        self.remove_button = IconButton(look, "trash", tr("Remove"), small=True, shortcut=tr("Del"))
        self.export_button = IconButton(look, "export", tr("Export the notes"), small=True)
        self.edit_button.clicked.connect(lambda: self._with_current(self.edited.emit))
        self.copy_button.clicked.connect(lambda: self._with_current(self.copied.emit))
        self.remove_button.clicked.connect(lambda: self._with_current(self.removed.emit))
        self.export_button.clicked.connect(self._export_menu)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_buttons())
        self.list.model().modelReset.connect(self._show_buttons)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.pad, 0, sizes.pad, 0)
        head.addWidget(self.filter, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.gap)
        foot.setSpacing(sizes.grid)
        foot.addWidget(self.total, 1)
        for button in (self.edit_button, self.copy_button, self.remove_button, self.export_button):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        self.set_marks((), ())

    def set_marks(self, marks: Sequence[Mark], labels: Sequence[str]) -> None:
        """In document order, lost ones last; ``labels`` are printed on the pages."""
        self._marks, self._labels = tuple(marks), labels
        self._fill()

    def set_current(self, identifier: str) -> None:
        """Mark the row of a mark, where it is shown."""
        for row, mark in enumerate(self.shown):
            if mark.id == identifier:
                self.list.set_current(row)

    def _fill(self) -> None:
        words = self.filter.text().casefold().split()
        self.shown = [mark for mark in self._marks if all(word in _words(mark) for word in words)]
        self.list.set_rows(len(self.shown), self._row)
        total, shown = number_text(len(self._marks)), number_text(len(self.shown))
        self.total.setText(tr("{n} of {total}", n=shown, total=total) if words else total if self._marks else "")
        self.export_button.setEnabled(bool(self._marks))
        if self.shown:
            self._stack.setCurrentWidget(self.list)
        else:
            empty = tr("No highlights, notes or bookmarks yet. Select words on a page, or press Ctrl+B for a bookmark.")
            self.state_view.show_state("note", tr("No note has these words.") if words else empty)
            self._stack.setCurrentWidget(self.state_view)

    def _row(self, number: int) -> PlaceRow:
        mark = self.shown[number]
        title, detail = (mark.quote, mark.note) if mark.quote else (mark.note or kind_title(mark), "")
        if mark.lost:
            lost = tr("Not found in the document as it is now")
            detail = f"{detail}. {lost}" if detail else lost
        color = "accent" if mark.kind == "bookmark" else mark_token(mark)
        page = "" if mark.lost else page_words(mark.page, self._labels)
        return PlaceRow(" ".join(title.split()), (0, 0), " ".join(detail.split()), page, color, mark.lost)

    def _with_current(self, call: Callable[[Mark], None]) -> None:
        row = self.list.current
        if 0 <= row < len(self.shown):
            call(self.shown[row])

    def _show_buttons(self) -> None:
        for button in (self.edit_button, self.copy_button, self.remove_button):
            button.setEnabled(self.list.current >= 0)

    def _menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        if not index.isValid():
            return
        mark = self.shown[index.row()]
        menu = QMenu(self)
        menu.addAction(tr("Go there"), lambda: self.activated.emit(mark)).setEnabled(not mark.lost)
        edit = tr("Rename…") if mark.kind == "bookmark" else tr("Edit the note…")
        menu.addAction(edit, lambda: self.edited.emit(mark))
        menu.addAction(tr("Copy with its page"), lambda: self.copied.emit(mark))
        menu.addSeparator()
        menu.addAction(tr("Remove"), lambda: self.removed.emit(mark))
        menu.exec(self.list.viewport().mapToGlobal(place))
        menu.deleteLater()

    def _export_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(tr("As Markdown…"), lambda: self.export_wanted.emit("markdown"))
        menu.addAction(tr("As annotated PDF…"), lambda: self.export_wanted.emit("pdf"))
        menu.exec(self.export_button.mapToGlobal(QPoint(0, self.export_button.height())))
        menu.deleteLater()


def _words(mark: Mark) -> str:
    return f"{mark.quote} {mark.note} {kind_title(mark)}".casefold()
