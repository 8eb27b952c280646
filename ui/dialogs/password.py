"""Asks for the password of a protected document."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import FieldFrame, FlowText, LinkButton, Look, label


class PasswordDialog(QDialog):
    """One field. ``submitted(str)`` gives the password and the dialog waits (:meth:`set_busy`) for the caller, who
    either accepts it or calls :meth:`set_wrong`. The password is never stored or logged.
    """

    submitted = Signal(str)

    def __init__(self, look: Look, path: Path, *, wrong: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        sizes = look.sizes
        self.setWindowTitle(tr("Password"))
        self.setModal(True)
        self.setFixedWidth(sizes.dialog)
        self._frame = FieldFrame(look, sizes.radius)
        self._frame.setFixedHeight(sizes.control)
        self.field = self._frame.edit
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(tr("Password"))
        self.field.setAccessibleName(tr("Password of the document"))
        self.field.setToolTip(tr("The password that the document was protected with"))
        self.field.textChanged.connect(self._on_text)
        self.reveal = LinkButton(tr("Show"), tr("Show the password"))
        self.reveal.setCheckable(True)
        self.reveal.setAutoDefault(False)
        self.reveal.toggled.connect(self._on_reveal)
        self._frame.row.addWidget(self.reveal)
        self.problem = label(role="bad")
        self.problem.setWordWrap(True)
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setToolTip(tr("Leave the document closed (Esc)"))
        self.cancel_button.setAccessibleName(tr("Cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.open_button = QPushButton(tr("Open"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setToolTip(tr("Open the document (Enter)"))
        self.open_button.setAccessibleName(tr("Open"))
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self._submit)

        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.gap)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        column.setSpacing(sizes.gap)
        column.addWidget(label(tr("This file is protected by a password"), "heading"))
        column.addWidget(FlowText(look, path.name, color="muted", max_lines=2))
        column.addSpacing(sizes.gap)
        column.addWidget(self._frame)
        column.addWidget(self.problem)
        column.addSpacing(sizes.gap)
        column.addLayout(buttons)
        self.problem.hide()
        self._on_text("")
        if wrong:
            self.set_wrong()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_busy(self, busy: bool) -> None:
        """While the document is tried with the password."""
        self.field.setEnabled(not busy)
        self.open_button.setEnabled(not busy and bool(self.field.text()))
        self.open_button.setText(tr("Opening") if busy else tr("Open"))

    def set_wrong(self) -> None:
        """The password did not open the document: ask again."""
        self.set_busy(False)
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._frame.set_bad(True)
        self.problem.setText(tr("That password does not open this document. Check the capital letters and try again."))
        self.problem.show()
        self.adjustSize()

    def _on_text(self, text: str) -> None:
        self.open_button.setEnabled(bool(text))
        self._frame.set_bad(False)
        self.problem.hide()

    def _on_reveal(self, shown: bool) -> None:
        self.field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.reveal.setText(tr("Hide") if shown else tr("Show"))
        self.reveal.setToolTip(tr("Hide the password") if shown else tr("Show the password"))
        self.reveal.setAccessibleName(self.reveal.toolTip())

    def _submit(self) -> None:
        if self.field.text():
            self.set_busy(True)
            self.submitted.emit(self.field.text())
