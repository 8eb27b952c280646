"""What is new, once for each version: a card on the start page, and all of it in a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.models.news import News
from ui.views.widgets import Card, ElidedLabel, IconButton, LinkButton, Look, label, resize_on_screen

_POINTS = 3


class WhatsNew(Card):
    """The first points. ``dismissed``: the user has seen it; ``wanted``: all of it is to be shown."""

    dismissed = Signal()
    wanted = Signal()

    def __init__(self, look: Look, news: News, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        title = tr("What is new in Docent {version}", version=news.version)
        self.setAccessibleName(title)
        head = QHBoxLayout()
        head.addWidget(label(title, "strong"), 1)
        self.all_button = LinkButton(tr("Show all"), tr("Show all that is new in this version"))
        self.all_button.clicked.connect(self.wanted)
        self.close_button = IconButton(look, "close", tr("Do not show this again"), small=True, color="muted")
        self.close_button.clicked.connect(self.dismissed)
        head.addWidget(self.all_button)
        head.addWidget(self.close_button)
        self.body.addLayout(head)
        for point in news.points[:_POINTS]:
            line = ElidedLabel(f"•  {point}", role="secondary")
            line.setToolTip(point)
            self.body.addWidget(line)


class NewsDialog(QDialog):
    """All of it. Links are text: nothing is opened from here."""

    def __init__(self, look: Look, news: News, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        title = tr("What is new in Docent {version}", version=news.version)
        self.setWindowTitle(title)
        resize_on_screen(self, sizes.dialog_wide, sizes.dialog_high)
        text = QTextBrowser()
        text.setFrameShape(QFrame.Shape.NoFrame)
        text.setOpenLinks(False)
        text.setAccessibleName(title)
        text.setFont(look.font("body"))
        text.setMarkdown(news.text)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        close = QPushButton(tr("Close"))
        close.setToolTip(tr("Close this window (Esc)"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad)
        column.setSpacing(sizes.pad)
        column.addWidget(label(title, "heading"))
        column.addWidget(text, 1)
        column.addLayout(foot)
