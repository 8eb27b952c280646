"""The tool bar: panels, the way back, the page, the zoom, the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIntValidator, QRegularExpressionValidator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from ui.i18n import number_text, tr
from ui.views.widgets import FieldFrame, IconButton, Look, label

_ZOOMS = (50, 75, 100, 110, 125, 150, 200, 300, 400)


class ActionSource(Protocol):
    """The made actions of the table."""

    def __getitem__(self, name: str) -> QAction: ...

    def fill(self, menu: QMenu) -> None: ...


class Toolbar(QWidget):
    """Shows the actions of the table; tells the page and the zoom that the user chose."""

    page_chosen = Signal(int)
    zoom_chosen = Signal(float)

    def __init__(self, look: Look, actions: ActionSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._look = look
        self._actions = actions
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(sizes.toolbar)
        self.page = PageField(look)
        self.page.chosen.connect(self.page_chosen)
        self.zoom = QToolButton()
        self.zoom.setToolTip(tr("Choose a zoom"))
        self.zoom.setAccessibleName(tr("Zoom"))
        self.zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.zoom.setFixedWidth(sizes.control + sizes.gap * 3)
        self.zoom.setMenu(self._zoom_menu())
        self.menu_button = IconButton(look, "menu", tr("All commands"))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.menu_button)
        actions.fill(menu)
        self.menu_button.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.separator)
        row.setSpacing(sizes.grid)
        self._document: list[QWidget] = []
        for part in (
            self._button("left_panel"),
            self._separator(),
            self._button("back"),
            self._button("forward"),
            self._separator(),
            self.page,
            self._separator(),
            self._button("zoom_out"),
            self.zoom,
            self._button("zoom_in"),
            self._button("fit_width"),
        ):
            row.addWidget(part)
            self._document.append(part)
        row.addStretch(1)
        find, right, tag = self._button("find"), self._button("right_panel"), self._button("labelling")
        self._document += [find, right, tag]
        self.retrain = QPushButton(tr("Retrain…"))
        self.retrain.setToolTip(actions["retrain"].toolTip())
        self.retrain.clicked.connect(actions["retrain"].trigger)
        self.retrain.hide()
        row.addWidget(tag)
        row.addWidget(self.retrain)
        row.addWidget(find)
        row.addWidget(self._button("theme"))
        row.addWidget(right)
        row.addWidget(self.menu_button)

    def set_document(self, pages: int, labels: Sequence[str] = ()) -> None:
        """Show the controls of a document of so many pages; none at 0. ``labels``: what is printed on them."""
        for part in self._document:
            part.setVisible(pages > 0)
        self.page.set_pages(pages, labels)

    def set_labelling(self, shown: bool) -> None:
        """Show what belongs to labelling."""
        self.retrain.setVisible(shown)

    def set_zoom(self, zoom: float) -> None:
        self.zoom.setText(f"{round(zoom * 100)}%")

    def _button(self, name: str) -> QToolButton:
        action = self._actions[name]
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(self._look.sizes.icon, self._look.sizes.icon))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        return button

    def _separator(self) -> QWidget:
        sizes = self._look.sizes
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(sizes.grid + 2, 0, sizes.grid + 2, 0)
        line = QFrame()
        line.setProperty("role", "separator")
        line.setFixedSize(sizes.separator, sizes.icon + 2)
        row.addWidget(line)
        return holder

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self.zoom)
        for name in ("fit_width", "fit_page", "zoom_actual"):
            menu.addAction(self._actions[name])
        menu.addSeparator()
        for name in ("mode_continuous", "mode_single", "mode_two", "mode_two_cover", "rotate_right", "rotate_left"):
            menu.addAction(self._actions[name])
        menu.addSeparator()
        for percent in _ZOOMS:
            action = QAction(f"{percent}%", menu)
            action.triggered.connect(lambda _=False, percent=percent: self.zoom_chosen.emit(percent / 100))
            menu.addAction(action)
        return menu


class PageField(FieldFrame):
    """``4 / 28``: the page that the reader is on; a number and Enter go to another.

    Where the pages are labelled, ``iv (4 / 28)``: a label goes to its page, and a number that is none to that page."""

    chosen = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, look.sizes.radius, parent)
        sizes = look.sizes
        self._page = 0
        self._pages = 0
        self._labels: Sequence[str] = ()
        self.setFixedHeight(sizes.control)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.edit.setFixedWidth(sizes.control + sizes.gap)
        self.edit.setToolTip(tr("Page: type a number and press Enter (Ctrl+G)"))
        self.edit.setAccessibleName(tr("Page"))
        self._numbers = QIntValidator(1, 1, self.edit)
        # Without a pattern: a label may be anything.
        self._any = QRegularExpressionValidator(self.edit)
        self.edit.returnPressed.connect(self._choose)
        self.edit.editingFinished.connect(self._show)
        self.total = label(role="muted")
        self.row.setContentsMargins(sizes.gap + 2, 1, sizes.gap + 2, 1)
        self.row.setSpacing(sizes.grid)
        self.row.addWidget(self.total)

    def set_pages(self, pages: int, labels: Sequence[str] = ()) -> None:
        self._pages = pages
        self._labels = labels if len(labels) == pages else ()
        self._numbers.setTop(max(pages, 1))
        self.edit.setValidator(self._any if self._labels else self._numbers)
        self._show_total()

    def set_page(self, page: int) -> None:
        self._page = page
        self._show_total()
        if not self.edit.hasFocus() or not self.edit.isModified():
            self._show()

    def start(self) -> None:
        """Put the cursor in."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    def _choose(self) -> None:
        page = self._named(self.edit.text().strip())
        if page is not None:
            self.edit.setModified(False)
            self.chosen.emit(page)
            self.edit.clearFocus()

    def _named(self, text: str) -> int | None:
        """The page that a label or a number means."""
        wanted = text.casefold()
        labelled = (page for page, label in enumerate(self._labels, 1) if wanted and label.casefold() == wanted)
        number = int(text) if text.isdecimal() and 1 <= int(text) <= self._pages else None
        return next(labelled, number)

    def _show(self) -> None:
        label = self._labels[self._page - 1] if self._labels and 1 <= self._page <= self._pages else ""
        self.edit.setText(label or (str(self._page) if self._page else ""))
        self.edit.setModified(False)

    def _show_total(self) -> None:
        pages = number_text(self._pages)
        labelled = self._labels and self._page
        self.total.setText(f"({number_text(self._page)} / {pages})" if labelled else f"/ {pages}")
