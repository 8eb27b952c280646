"""What goes into an annotated PDF."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.views.widgets import FlowText, Look, TickBox, label


class ExportPdfDialog(QDialog):
    """``accepted`` when the file is to be chosen; :attr:`entities` says whether they go along."""

    def __init__(self, look: Look, *, has_entities: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        title = tr("Export as annotated PDF")
        self.setWindowTitle(title)
        self.setModal(True)
        self.setFixedWidth(sizes.dialog)
        sentence = tr(
            "Your highlights and notes become annotations that every PDF reader shows. The document itself stays as "
            "it is."
        )
        self.entities = TickBox(look, tr("Underline the entities as well"))
        self.entities.setEnabled(has_entities)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.save = QPushButton(tr("Save as…"))
        self.save.setProperty("kind", "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setSpacing(sizes.gap)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        column.setSpacing(sizes.gap)
        column.addWidget(label(title, "heading"))
        column.addWidget(FlowText(look, sentence))
        column.addWidget(self.entities)
        column.addSpacing(sizes.gap)
        column.addLayout(row)
