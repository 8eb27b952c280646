"""The top row: open documents as tabs, a button for more, and the box to search or run."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QTabBar, QWidget

from ui.i18n import tr
from ui.views.widgets import IconButton, Look


class DocumentTabs(QTabBar):
    """One tab a document; they can be moved. ``tabData`` is the document's view."""

    close_requested = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("kind", "documents")
        self.setMovable(True)
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        # Qt would measure the usual weight, and cut off what the strong one of the current tab needs more.
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setIconSize(QSize(look.sizes.icon, look.sizes.icon))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Open documents"))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        look.theme.changed.connect(self._recolour)
        self.currentChanged.connect(lambda _: self._recolour())

    def add(self, title: str, tip: str, data: object) -> int:
        """A new tab at the end. Returns its index."""
        room = self._look.sizes.tab_width - self._beside_text() + 2 * self._look.sizes.gap
        strong = QFontMetrics(self._look.font("strong"))
        index = self.addTab(strong.elidedText(title, Qt.TextElideMode.ElideMiddle, room))
        self.setTabData(index, data)
        self.setTabToolTip(index, tip)
        close = IconButton(self._look, "close", tr("Close {name}", name=title), small=True, color="muted")
        holder = QWidget()
        inside = QHBoxLayout(holder)
        # Qt puts it at the tab's very edge.
        inside.setContentsMargins(0, 0, self._look.sizes.grid, 0)
        inside.addWidget(close)
        close.clicked.connect(lambda: self._close(holder))
        self.setTabButton(index, QTabBar.ButtonPosition.RightSide, holder)
        self._recolour()
        return index

    def index_of(self, data: object) -> int:
        return next((index for index in range(self.count()) if self.tabData(index) is data), -1)

    def _close(self, button: QWidget) -> None:
        for index in range(self.count()):
            if self.tabButton(index, QTabBar.ButtonPosition.RightSide) is button:
                self.close_requested.emit(index)
                return

    def _recolour(self) -> None:
        for index in range(self.count()):
            color = "text" if index == self.currentIndex() else "muted"
            self.setTabIcon(index, self._look.icons.icon("document", color, accent=False))
            button = self.tabButton(index, QTabBar.ButtonPosition.RightSide)
            if button is not None:
                button.setVisible(index == self.currentIndex())

    def tabSizeHint(self, index: int) -> QSize:
        sizes = self._look.sizes
        # Measured in the strong weight, which the current tab has, so that choosing a tab moves nothing.
        text = QFontMetrics(self._look.font("strong")).horizontalAdvance(self.tabText(index))
        width = text + self._beside_text()
        return QSize(min(max(width, sizes.tab_width_min), sizes.tab_width), sizes.tabs - sizes.grid * 2)

    def _beside_text(self) -> int:
        """Icon, close button and the space around them."""
        sizes = self._look.sizes
        return sizes.icon + sizes.control_small + sizes.grid + sizes.pad * 2 + sizes.gap * 3

    def minimumTabSizeHint(self, index: int) -> QSize:
        return QSize(self._look.sizes.tab_width_min, self.tabSizeHint(index).height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and index >= 0:
            self.close_requested.emit(index)
            return
        super().mouseReleaseEvent(event)

    def tabLayoutChange(self) -> None:
        """The row has other room for them: Qt does not ask again where tabs came before they were shown."""
        super().tabLayoutChange()
        self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return handled


class TabRow(QWidget):
    """The row with the tabs, the plus, and what the window puts at its end."""

    def __init__(self, look: Look, end: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self.setProperty("role", "tabs")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(sizes.tabs)
        self.tabs = DocumentTabs(look)
        self.add_button = IconButton(look, "add", tr("Open a document"), shortcut="Ctrl+O")
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.gap, 0, sizes.gap, 0)
        row.setSpacing(sizes.grid)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.add_button)
        row.addStretch(1)
        row.addWidget(end)
