"""What a right click on a page offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from ui.i18n import tr
from ui.views.page_tables import add_table_actions
from ui.views.page_view import PageView

_LONGEST_SEARCH = 80
Part = Callable[[QMenu, QPoint], None]
"""Adds to the menu that is opened at a place of the pages."""


def open_page_menu(
    pages: PageView,
    position: QPoint,
    find: Callable[[str], None],
    quote: Callable[[], None],
    parts: Sequence[Part],
) -> None:
    """Open the menu (``parts`` add to it) at ``position`` (of ``pages``) and return when it was closed."""
    selected = pages.selected_text()
    menu = QMenu(pages)
    copy = menu.addAction(tr("Copy"), pages.copy)
    quotation = menu.addAction(tr("Copy as a quotation"), quote)
    search = menu.addAction(tr("Find the selected words"), lambda: find(selected[:_LONGEST_SEARCH]))
    copy.setEnabled(bool(selected))
    quotation.setEnabled(bool(selected))
    search.setEnabled(bool(selected))
    menu.addSeparator()
    for part in parts:
        part(menu, position)
    menu.addSeparator()
    menu.addAction(tr("Select all"), pages.select_all).setEnabled(pages.document is not None)
    add_table_actions(menu, pages, position)
    menu.exec(pages.mapToGlobal(position))
    menu.deleteLater()
