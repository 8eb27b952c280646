"""Where the window's documents lie on each other, and the view that is kept ready for the next one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from ui.views.document_view import DocumentView
from ui.views.side_panels import polish
from ui.views.widgets import Look

_SPARE_MS = 1_000
"""The next view is made this long after the last one was taken: what the user waits for goes first."""


class Stage(QSplitter):
    """Three stacks: panels left, pages (or the start page), panels right. Main thread only.

    A document's widgets take longer to make than its first page to come. So one view is made ahead, in turns of the
    event loop of their own, when the window has been shown and again after each one that was taken.
    """

    def __init__(self, look: Look, start_page: QWidget, make: Callable[[], DocumentView]) -> None:
        """``make`` gives a new view, whose widgets have no parent yet."""
        super().__init__(Qt.Orientation.Horizontal)
        sizes = look.sizes
        self._make = make
        self._spare: DocumentView | None = None
        self._start_page = start_page
        self._left = QStackedWidget()
        self._centre = QStackedWidget()
        self._right = QStackedWidget()
        self._left.setMinimumWidth(sizes.panel_min)
        self._right.setMinimumWidth(sizes.left_panel)
        self._centre.setMinimumWidth(sizes.panel_min)
        self._centre.addWidget(start_page)
        self.setHandleWidth(sizes.separator)
        self.setChildrenCollapsible(False)
        for part in (self._left, self._centre, self._right):
            self.addWidget(part)
        self.setStretchFactor(1, 1)
        self._timer = QTimer(self, singleShot=True, interval=_SPARE_MS)
        self._timer.timeout.connect(self._prepare)

    @property
    def spare(self) -> DocumentView | None:
        """The view that is ready for the next document, perhaps still without the parts of its panels."""
        return self._spare

    def prepare_soon(self) -> None:
        """Make the next view once the window rests."""
        self._timer.start()

    def take(self) -> DocumentView:
        """A view for a document: the one that is ready, or a new one."""
        view, self._spare = self._spare or self._add(), None
        self.prepare_soon()
        return view

    def show_view(self, view: DocumentView | None) -> None:
        """Bring a document (None: the start page) to the front."""
        self._centre.setCurrentWidget(view.centre if view is not None else self._start_page)
        if view is not None:
            self._left.setCurrentWidget(view.left)
            self._right.setCurrentWidget(view.right)

    def show_panels(self, *, left: bool, right: bool) -> None:
        self._left.setVisible(left)
        self._right.setVisible(right)

    def remove(self, view: DocumentView) -> None:
        """Take a document's widgets out; they end with this turn of the event loop."""
        for stack, widget in ((self._left, view.left), (self._centre, view.centre), (self._right, view.right)):
            stack.removeWidget(widget)
            widget.deleteLater()
        view.deleteLater()

    def close_down(self) -> None:
        """No view is made any more."""
        self._timer.stop()

    def adopt(self, view: DocumentView) -> DocumentView:
        """Give a view its places."""
        self._centre.addWidget(view.centre)
        self._left.addWidget(view.left)
        self._right.addWidget(view.right)
        return view

    def _add(self) -> DocumentView:
        return self.adopt(self._make())

    def _prepare(self) -> None:
        if self._spare is None:
            self._spare = self._add()
            polish(self._spare.centre)
            self._spare.panels.prepare_soon()
