"""The pages of one document, in one pane or in two, each at its own place. What is marked is marked in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from ui.i18n import number_text, tr
from ui.theme import set_property
from ui.views.page_view import PageView
from ui.views.widgets import IconButton, Look, label

_HALF = 10_000
"""Pixels that are asked for by either pane: both get the same."""
Split = Literal["", "beside", "below"]


class Panes(QSplitter):
    """The first pane follows what is chosen in the panels; the second stays where the reader puts it. Keys, tool bar
    and menu are for the pane that was in use last, :attr:`current`. Main thread only."""

    current_changed = Signal()
    """Another pane is in use, or there are more or fewer of them."""
    opened = Signal(object)
    """:class:`PageView`: the second pane, new and without a document."""

    def __init__(
        self, look: Look, first: PageView, make: Callable[[], PageView], parent: QWidget | None = None
    ) -> None:
        """``make`` gives another view of the same document's marks, without a parent."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self._make = make
        self.first = first
        self.second: PageView | None = None
        self.current = first
        self._frames: list[_Frame] = []
        self.setChildrenCollapsible(False)
        self.setHandleWidth(look.sizes.separator)
        self._add(first)
        first.refreshed.connect(self._refresh_second)

    @property
    def split(self) -> Split:
        """How the panes lie; empty where there is one."""
        if self.second is None:
            return ""
        return "beside" if self.orientation() == Qt.Orientation.Horizontal else "below"

    def set_split(self, split: Split) -> None:
        """Two panes ``beside`` or ``below`` each other, or one. A new pane begins at the place of the first."""
        if split == self.split:
            return
        if not split:
            self._close_second()
            return
        self.setOrientation(Qt.Orientation.Horizontal if split == "beside" else Qt.Orientation.Vertical)
        if self.second is None:
            self.second = self._make()
            self.second.refreshed.connect(self.first.viewport().update)
            self._add(self.second)
            self._show_heads()
            self.setSizes([_HALF, _HALF])
            self.opened.emit(self.second)
            self.use(self.second)
        else:
            self.current_changed.emit()

    def close_pane(self, view: PageView | None = None) -> None:
        """Close ``view`` or the pane in use; the other one takes all the room, and stays at its place."""
        second = self.second
        if second is None:
            return
        if (view or self.current) is self.first:
            # The first pane is where the panels lead: it takes over the other's place.
            self.first.take_place(second)
        self._close_second()

    def other(self) -> None:
        """Use the other pane."""
        if self.second is not None:
            self.use(self.first if self.current is self.second else self.second)
            self.current.setFocus(Qt.FocusReason.OtherFocusReason)

    def use(self, view: PageView) -> None:
        """Keys and tool bar are for this pane now."""
        if view is not self.current:
            self.current = view
            self._mark()
            self.current_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, PageView):
            self.use(watched)
        return super().eventFilter(watched, event)

    def _refresh_second(self) -> None:
        if self.second is not None:
            self.second.viewport().update()

    def _close_second(self) -> None:
        second = self.second
        if second is None:
            return
        had_focus = second.hasFocus()
        self.second = None
        self.current = self.first
        frame = self._frames.pop()
        second.close_document()
        frame.hide()
        frame.setParent(None)
        frame.deleteLater()
        self._show_heads()
        if had_focus:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.current_changed.emit()

    def _add(self, view: PageView) -> None:
        frame = _Frame(self._look, view)
        frame.close_button.clicked.connect(lambda: self.close_pane(view))
        view.installEventFilter(self)
        self._frames.append(frame)
        self.addWidget(frame)

    def _show_heads(self) -> None:
        for frame in self._frames:
            frame.head.setVisible(self.second is not None)
        self._mark()

    def _mark(self) -> None:
        for frame in self._frames:
            frame.set_current(current=frame.view is self.current)


class _Frame(QWidget):
    """A pane with its head: the page that it is at, and a button that closes it."""

    def __init__(self, look: Look, view: PageView) -> None:
        super().__init__()
        sizes = look.sizes
        self.view = view
        self.head = QWidget()
        self.head.setProperty("role", "bar")
        self.head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head.setFixedHeight(sizes.row_group)
        self.head.hide()
        self._title = label(role="secondary")
        self.close_button = IconButton(look, "close", tr("Close this pane"), small=True)
        row = QHBoxLayout(self.head)
        row.setContentsMargins(sizes.pad, 0, sizes.grid, sizes.separator)
        row.addWidget(self._title, 1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(view, 1)
        view.page_changed.connect(self._say_page)

    def set_current(self, *, current: bool) -> None:
        set_property(self._title, "role", "strong" if current else "secondary")
        self._say_page(self.view.page)

    def _say_page(self, page: int) -> None:
        if page:
            pages = number_text(self.view.geometry_of_pages.count)
            self._title.setText(tr("Page {page} of {pages}", page=number_text(page), pages=pages))
