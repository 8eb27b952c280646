"""What the window shows without a document: how to open one, and those that were read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ui.i18n import tr
from ui.models.news import News
from ui.views.recent_cards import RecentCard
from ui.views.whats_new import WhatsNew
from ui.views.widgets import Column, FlowBox, IconPicture, Look, label

if TYPE_CHECKING:
    from assistant.engine import RecentFile

_WIDTH = 960


class StartPage(QWidget):
    """The page before a document is open.

    - :meth:`set_recent` shows files as cards, newest first; those that are gone can be found again or removed.
      Where there are none, three sentences say what Docent is for.
    - :meth:`set_titles` gives the names of document types; :meth:`set_news` shows what is new in this version.
    - :meth:`set_formats` names what can be opened ("PDF, DOCX, TXT, Markdown, HTML").

    ``open_requested()``: show the file dialog. ``file_activated(Path)``: open this one. ``forget_requested(Path)``:
    take it off the list. ``locate_requested(Path)``: ask where it is now. ``news_seen()``, ``news_wanted()``.
    ``sample_requested()``: open the bundled sample.
    """

    open_requested = Signal()
    sample_requested = Signal()
    file_activated = Signal(object)
    forget_requested = Signal(object)
    locate_requested = Signal(object)
    news_seen = Signal()
    news_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._rows: list[RecentCard] = []
        self._files: Sequence[RecentFile] = ()
        self._titles: Mapping[str, str] = {}
        self.news: WhatsNew | None = None
        self.setProperty("role", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = look.sizes

        self.drop = DropArea(look)
        self.open_button = QPushButton(tr("Open a document"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setToolTip(tr("Choose a file (Ctrl+O)"))
        self.open_button.setAccessibleName(tr("Open a document"))
        self.open_button.clicked.connect(self.open_requested)
        self.sample_button = QPushButton(tr("Try the sample"))
        self.sample_button.setToolTip(tr("Open a service contract that comes with Docent"))
        self.sample_button.setAccessibleName(tr("Try the sample"))
        self.sample_button.clicked.connect(self.sample_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.gap)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.sample_button)
        buttons.addStretch(1)
        self._formats = label(role="secondary")
        self._formats.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._formats.setWordWrap(True)
        title = label(tr("Drop a document here"), "heading")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = QVBoxLayout(self.drop)
        inner.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        inner.setSpacing(sizes.pad)
        inner.addWidget(title)
        inner.addWidget(self._formats)
        inner.addSpacing(sizes.grid)
        inner.addLayout(buttons)

        self._heading = label(role="strong")
        # Over the cards' content: they have room around it for the mouse and the focus.
        self._heading.setContentsMargins(sizes.gap, 0, 0, 0)
        self.list = Column(tr("Recent documents"))
        self.list.content.setProperty("role", "window")
        self.list.body.setContentsMargins(0, 0, 0, 0)
        self.list.body.setSpacing(0)
        self._cards = FlowBox(sizes.gap)
        self.list.add(self._cards)
        self._teaching = _Teaching(look)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(middle)
        column.setContentsMargins(sizes.pad, sizes.pad_dialog, sizes.pad, sizes.pad)
        column.setSpacing(sizes.gap)
        column.addWidget(self.drop)
        column.addSpacing(sizes.gap)
        self._column = column
        column.addWidget(self._heading)
        column.addWidget(self.list, 1)
        column.addWidget(self._teaching, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        self.set_formats(())
        self.set_recent(())

    # --- setters ----------------------------------------------------------------------------------------

    def set_recent(self, files: Sequence[RecentFile]) -> None:
        if self._rows and list(files) == list(self._files):
            return
        self._show(files)

    def _show(self, files: Sequence[RecentFile]) -> None:
        self._files = files
        focused = next((card.file.path for card in self._rows if card.hasFocus()), None)
        self._cards.clear()
        self._rows = []
        for file in files:
            card = RecentCard(self._look, file, self._titles.get(file.type, ""))
            card.clicked.connect(lambda _=False, file=file: self._activate(file))
            card.forget.connect(lambda file=file: self.forget_requested.emit(file.path))
            card.locate.connect(lambda file=file: self.locate_requested.emit(file.path))
            self._cards.add(card)
            self._rows.append(card)
            if file.path == focused:
                # Its place is known with the next turn only.
                card.setFocus(Qt.FocusReason.OtherFocusReason)
        self._heading.setText(tr("Recent documents") if files else "")
        self._heading.setVisible(bool(files))
        self.list.setVisible(bool(files))
        self._teaching.setVisible(not files)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Names of document types by their id."""
        if titles != self._titles:
            self._titles = titles
            self._show(self._files)

    def set_news(self, news: News | None) -> None:
        """Show what is new under the drop area; None takes it away."""
        if self.news is not None:
            self._column.removeWidget(self.news)
            self.news.hide()
            self.news.deleteLater()
            self.news = None
        if news is not None:
            self.news = WhatsNew(self._look, news)
            self.news.dismissed.connect(self.news_seen)
            self.news.wanted.connect(self.news_wanted)
            self._column.insertWidget(1, self.news)

    def set_formats(self, formats: Sequence[str]) -> None:
        names = tr(", ").join(formats)
        sentence = tr("It is read on this computer and goes nowhere else.")
        self._formats.setText(f"{names}\n{sentence}" if names else sentence)

    @property
    def rows(self) -> tuple[RecentCard, ...]:
        return tuple(self._rows)

    def _activate(self, file: RecentFile) -> None:
        if not file.missing:
            self.file_activated.emit(file.path)


class _Teaching(QWidget):
    """Before the first document: what can be done with one, in three steps."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        sizes = look.sizes
        row = QHBoxLayout(self)
        row.setContentsMargins(0, sizes.pad, 0, 0)
        row.setSpacing(sizes.pad_dialog)
        steps = (
            ("document_text", tr("Read"), tr("Summary, names, dates and amounts, each one click from its place.")),
            ("question", tr("Ask"), tr("Questions are answered from the document, or you hear that it does not say.")),
            ("tag", tr("Correct"), tr("Put right what is wrong on the page, and train a model on your corrections.")),
        )
        for icon, title, sentence in steps:
            block = QVBoxLayout()
            block.setSpacing(sizes.grid)
            block.addWidget(IconPicture(look, icon))
            block.addWidget(label(title, "strong"))
            words = label(sentence, "secondary")
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            block.addWidget(words)
            block.addStretch(1)
            row.addLayout(block, 1)


class DropArea(QWidget):
    """A dashed frame around what opens a document. (The window shows where files may be let go: anywhere.)"""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(tr("Drop a document here"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._look.sizes.radius_dialog
        painter.setBrush(self._look.color("surface"))
        pen = QPen(self._look.color("border"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
