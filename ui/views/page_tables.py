"""Tables under the pointer: copied as cells, saved as CSV."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from assistant.engine import table_csv, table_text, tables_on
from assistant.errors import UserError
from assistant.types import Table
from ui.i18n import error_message, tr
from ui.views.page_view import PageView

_REACH = 3.0
"""Points around a table that belong to it."""


def table_at(pages: PageView, position: QPoint) -> Table | None:
    """The table that is shown at ``position`` of ``pages``; None also while its page's text is still to come."""
    if pages.document is None or pages.texts is None:
        return None
    spot = pages.spot_at(QPointF(position))
    text = pages.texts.get(spot.page)
    if text is None:
        return None
    for table in tables_on(pages.document, text):
        x0, y0, x1, y1 = table.box
        if x0 - _REACH <= spot.x <= x1 + _REACH and y0 - _REACH <= spot.y <= y1 + _REACH:
            return table
    return None


def copy_table(pages: PageView, table: Table) -> None:
    if pages.document is not None:
        text = table_text(pages.document, table)
        QGuiApplication.clipboard().setText(text)
        pages.copied.emit(len(text))


def save_table(pages: PageView, table: Table, path: Path) -> None:
    """Write ``table`` as CSV. Raises UserError."""
    if pages.document is None:
        return
    try:
        # With the mark by which spreadsheets know UTF-8.
        path.write_text(table_csv(pages.document, table), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UserError("cannot_write", path=str(path), why=error.strerror or type(error).__name__) from error


def add_table_actions(menu: QMenu, pages: PageView, position: QPoint) -> None:
    """Offer what can be done with the table at ``position``, if there is one."""
    table = table_at(pages, position)
    if table is None:
        return
    menu.addSeparator()
    menu.addAction(tr("Copy table"), lambda: copy_table(pages, table))
    menu.addAction(tr("Save table as CSV …"), lambda: _ask_and_save(pages, table))


def _ask_and_save(pages: PageView, table: Table) -> None:
    document = pages.document
    if document is None:
        return
    proposed = document.path.with_name(f"{document.path.stem}-{table.page}.csv")
    name, _ = QFileDialog.getSaveFileName(pages, tr("Save table"), str(proposed), tr("Comma-separated values (*.csv)"))
    if not name:
        return
    try:
        save_table(pages, table, Path(name))
    except UserError as error:
        QMessageBox.warning(pages, tr("Save table"), error_message(error))
