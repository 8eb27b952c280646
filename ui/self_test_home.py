"""Steps of the self-test without a document: start page, files held over it, privacy, notifications, commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QWidget

from ui.i18n import tr

if TYPE_CHECKING:
    from ui.main_window import MainWindow

W = TypeVar("W")
Save = Callable[[str, QWidget | None], None]


def home_steps(window: MainWindow, wait: Callable[[str, Callable[[], bool]], W], save: Save) -> Iterator[W]:
    """Without a document in front. ``wait`` makes a step that goes on when the function is true."""
    page, alerts, privacy = window.start_page, window.alerts, window.privacy
    recent = tr("the list of recent files")
    yield wait(recent, lambda: not window.lists.is_loading)
    save("12-start", None)
    if page.rows:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(page.rows[0].file.path))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(9, 9), copy, data, left, none))
        yield wait(recent, window.home.overlay.isVisible)
        save("20-drop", None)
        QApplication.sendEvent(window, QDragLeaveEvent())
    toast = alerts.toasts.say(tr("Notification"))
    yield wait(tr("Notification"), toast.isVisible)
    save("21-notification", None)
    toast.end()
    window.command_box.start()
    yield wait(tr("Search or run"), window.command_box.popup.isVisible)
    save("22-commands", window.command_box.popup)
    window.command_box.popup.hide()
    window.actions_table["privacy"].trigger()
    dialog = privacy.dialog
    if dialog is not None:
        yield wait(tr("Privacy"), lambda: bool(dialog.holdings))
        save("23-privacy", dialog)
        dialog.close()
