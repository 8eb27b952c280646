"""A slim line above the pages: what the reader should know of this document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from assistant.types import Notice
from ui.i18n import code_message, tr
from ui.views.widgets import IconButton, Look, label


class NoticeBar(QFrame):
    """One sentence with an optional action; the cross takes it away until there is something new to say."""

    action = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._look = look
        self._dismissed: set[str] = set()
        self.setProperty("role", "notice")
        self._icon = label()
        self._icon.setFixedSize(sizes.icon, sizes.icon)
        self.sentence = label()
        self.sentence.setWordWrap(True)
        self.button = QPushButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.action)
        self.close_button = IconButton(look, "close", tr("Hide this notice"), small=True, color="muted")
        self.close_button.clicked.connect(self._dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.pad, sizes.grid, sizes.pad, sizes.grid)
        row.setSpacing(sizes.gap)
        row.addWidget(self._icon)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        look.theme.changed.connect(self._recolour)
        self.hide()

    def set_notices(self, notices: Sequence[Notice]) -> None:
        """Say all of them; none hides the bar."""
        self.say(" ".join(code_message(notice.code, notice.params) for notice in notices))

    def say(self, sentence: str, action: str = "") -> None:
        """One sentence, with a button where ``action`` names one."""
        self.sentence.setText(sentence)
        self.button.setText(action)
        self.button.setAccessibleName(action)
        self.button.setToolTip(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(sentence)
        self._recolour()
        self.setVisible(bool(sentence) and sentence not in self._dismissed)

    def _dismiss(self) -> None:
        self._dismissed.add(self.sentence.text())
        self.hide()

    def _recolour(self) -> None:
        size = self._look.sizes.icon
        self._icon.setPixmap(self._look.icons.pixmap("info", size, self.devicePixelRatioF(), "warn"))
