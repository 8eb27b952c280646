"""Asks before a link of a document is handed to the browser or the mail program, and shows where it truly leads."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.models.addresses import address
from ui.views.widgets import FlowText, Look, label

_LINES = 4


class LinkDialog(QDialog):
    """``opener`` gets the address when the user wants it opened. Docent itself opens no connection."""

    def __init__(
        self,
        look: Look,
        text: str,
        opener: Callable[[QUrl], object] = QDesktopServices.openUrl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.link = address(text)
        mail = text.strip().lower().startswith("mailto:")
        question = tr("Write to this address?") if mail else tr("Open this link in the browser?")
        if not self.link.can_open:
            question = tr("This link is not opened")
        self.setWindowTitle(question)
        self.setModal(True)
        self.setFixedWidth(sizes.dialog)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        column.setSpacing(sizes.gap)
        column.addWidget(label(question, "heading"))
        if self.link.host:
            lead = tr("It leads to {host}.", host=self.link.host)
            column.addWidget(FlowText(look, lead, bold=True))
        self.address = QPlainTextEdit(self.link.shown)
        self.address.setReadOnly(True)
        self.address.setTabChangesFocus(True)
        self.address.setAccessibleName(tr("Address"))
        self.address.setFixedHeight(_LINES * look.line_height("body"))
        column.addWidget(self.address)
        self.warnings = self._warnings()
        for sentence in self.warnings:
            column.addWidget(FlowText(look, sentence, color="warn"))
        if self.link.can_open:
            program = tr("your mail program") if mail else tr("your browser")
            sentence = tr("Docent opens no connection by itself; {program} will.", program=program)
            column.addWidget(FlowText(look, sentence, role="secondary", color="muted"))
        column.addSpacing(sizes.gap)
        self.copy_button = QPushButton(tr("Copy the address"))
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.strip()))
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.open_button = QPushButton(tr("Open"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setVisible(self.link.can_open)
        self.open_button.clicked.connect(self.accept)
        self.accepted.connect(lambda: opener(QUrl(text.strip())))
        row = QHBoxLayout()
        row.setSpacing(sizes.gap)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        for button in (self.cancel, self.open_button):
            row.addWidget(button)
        for button in (self.copy_button, self.cancel, self.open_button):
            button.setAutoDefault(False)
        column.addLayout(row)
        # Enter does not send a reader out of the document by mistake where something is odd.
        (self.cancel if self.warnings or not self.link.can_open else self.open_button).setDefault(True)
        (self.cancel if self.warnings or not self.link.can_open else self.open_button).setFocus()

    def _warnings(self) -> list[str]:
        link = self.link
        found = []
        if link.has_hidden:
            found.append(tr("It has characters that cannot be seen, which may make it look like another address."))
        if link.host_differs:
            found.append(tr("Its name has letters of several alphabets, which may look like those of another address."))
        if link.has_user:
            found.append(tr("What stands before the sign @ is not where it leads."))
        if link.is_plain_http:
            found.append(tr("The connection is not encrypted."))
        if not link.can_open and not link.has_hidden:
            found.append(tr("Only addresses of web pages and mail are opened from a document. You can copy it."))
        return found
