"""A menu for a row that is one button: right click, the menu key and Shift+F10 open it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from ui.i18n import tr

Entry = tuple[str, Callable[[], None]]


def make_menu(parent: QWidget, entries: Sequence[Entry]) -> QMenu:
    """It deletes itself when it is closed."""
    menu = QMenu(parent)
    for title, call in entries:
        menu.addAction(title).triggered.connect(lambda _=False, call=call: call())
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def offer_menu(row: QWidget, entries: Sequence[Entry]) -> None:
    """Give ``row`` a menu of its own."""
    row.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    row.setAccessibleDescription(tr("The menu key has more to offer."))

    def open_menu(place: QPoint) -> None:
        # The menu key gives the middle of the row.
        make_menu(row, entries).popup(row.mapToGlobal(place))

    row.customContextMenuRequested.connect(open_menu)
