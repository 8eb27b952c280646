"""Asks before what cannot be undone. The answer that loses nothing is the one that Enter gives."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import FlowText, Look, label


class ConfirmDialog(QDialog):
    """``accepted`` when the user wants it all the same. Show it with :meth:`open`."""

    def __init__(
        self, look: Look, question: str, sentence: str, yes: str, *, no: str = "", danger: bool = True,
        field: str | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``field``: a line to write in, with this text; then Enter says yes."""
        super().__init__(parent)
        sizes = look.sizes
        self.setWindowTitle(question)
        self.setModal(True)
        self.setFixedWidth(sizes.dialog)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        column.setSpacing(sizes.gap)
        title = label(question, "heading")
        title.setWordWrap(True)
        column.addWidget(title)
        self.sentence = FlowText(look, sentence)
        self.sentence.setVisible(bool(sentence))
        column.addWidget(self.sentence)
        self.field = QLineEdit(field or "")
        self.field.setVisible(field is not None)
        self.field.setAccessibleName(question)
        self.field.selectAll()
        column.addWidget(self.field)
        column.addSpacing(sizes.gap)
        self.no = QPushButton(no or tr("Cancel"))
        self.no.clicked.connect(self.reject)
        self.yes = QPushButton(yes)
        self.yes.clicked.connect(self.accept)
        if danger:
            self.yes.setProperty("kind", "danger")
        else:
            self.yes.setProperty("kind", "primary")
        for button in (self.no, self.yes):
            button.setAccessibleName(button.text())
            button.setAutoDefault(False)
        (self.no if danger else self.yes).setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(sizes.gap)
        row.addStretch(1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column.addLayout(row)
        (self.field if field is not None else self.no if danger else self.yes).setFocus()


def ask(dialog: ConfirmDialog, yes: object) -> None:
    """Show it; call ``yes`` if the user agrees. The dialog ends by itself."""
    dialog.accepted.connect(yes)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
