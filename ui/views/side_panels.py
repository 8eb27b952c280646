"""The two side panels of a document, built piece by piece so that no turn of the event loop becomes long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from assistant.types import SummaryLevel
from ui.i18n import tr
from ui.views.ask_panel import AskPanel
from ui.views.entities_panel import EntitiesPanel
from ui.views.labels_panel import LabelsPanel
from ui.views.notes_panel import NotesPanel
from ui.views.outline import Outline
from ui.views.summary_panel import SummaryPanel
from ui.views.thumbnails import Thumbnails
from ui.views.type_panel import TypePanel
from ui.views.widgets import Look, SegmentedSwitch

_PAUSE_MS = 1
"""Between two pieces: pictures of pages and the user's input go first."""


class SidePanels(QObject):
    """:attr:`left` and :attr:`right` are there at once, empty; their parts after :meth:`build_soon`, one a turn.

    :meth:`prepare_soon` builds them the same way ahead of time, for a document that is not chosen yet; only
    :meth:`build_soon` lets them be filled. Whoever asks for a part that is not there yet gets it built at once, with
    all others. Main thread only.
    """

    built = Signal()
    """All parts are there; emitted once."""

    def __init__(self, look: Look, titles: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._titles = titles
        self._level: SummaryLevel = "short"
        self._ready = False
        self._wanted = False
        self.left, self._left_body = _ground()
        self.right, self._right_body = _ground()
        self._waiting: deque[Callable[[], None]] = deque()
        self._steps: deque[Callable[[], None]] = deque(
            (
                self._build_left,
                self._build_entities,
                self._build_right,
                self._build_summary,
                self._build_thumbnails,
                self._build_outline,
                self._build_notes,
                self._build_ask,
                self._build_type,
                self._build_labels,
                lambda: polish(self.left),
                lambda: polish(self.right),
            )
        )
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._step)

    @property
    def is_built(self) -> bool:
        return self._ready

    def build_soon(self) -> None:
        """Begin to build what is missing, and to fill it; nothing happens where that has begun already."""
        self._wanted = True
        self._go_on()

    def prepare_soon(self) -> None:
        """Begin to build, without filling anything before :meth:`build_soon`."""
        self._go_on()

    def build(self) -> None:
        """Build what is missing before returning."""
        while self._steps:
            self._steps.popleft()()
        if not self._ready:
            self._finish()

    def when_built(self, call: Callable[[], None]) -> None:
        """Run ``call`` now, or once the parts are there: after the calls before it, in a turn of its own."""
        if self._ready and not self._waiting:
            call()
        else:
            self._waiting.append(call)
            if self._ready:
                self.build_soon()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Names of the document types."""
        self._titles = titles
        if self._ready:
            self._summary.type_card.set_titles(titles)
            self._type.set_titles(titles)

    def set_level(self, level: SummaryLevel) -> None:
        """How long the summary is to be."""
        self._level = level
        if not self._steps:
            self._summary.set_level(level)

    # --- the parts -------------------------------------------------------------------------------------------

    @property
    def left_switch(self) -> SegmentedSwitch:
        self.build()
        return self._left_switch

    @property
    def right_switch(self) -> SegmentedSwitch:
        self.build()
        return self._right_switch

    @property
    def thumbnails(self) -> Thumbnails:
        self.build()
        return self._thumbnails

    @property
    def outline(self) -> Outline:
        self.build()
        return self._outline

    @property
    def notes(self) -> NotesPanel:
        self.build()
        return self._notes

    @property
    def entities(self) -> EntitiesPanel:
        self.build()
        return self._entities

    @property
    def summary(self) -> SummaryPanel:
        self.build()
        return self._summary

    @property
    def ask(self) -> AskPanel:
        self.build()
        return self._ask

    @property
    def type(self) -> TypePanel:
        self.build()
        return self._type

    @property
    def labels(self) -> LabelsPanel:
        self.build()
        return self._labels

    # --- building --------------------------------------------------------------------------------------------

    def _step(self) -> None:
        if self._steps:
            self._steps.popleft()()
        elif not self._ready:
            self._finish()
        elif self._waiting:
            self._waiting.popleft()()
        self._go_on()

    def _go_on(self) -> None:
        left = bool(self._steps) or (self._wanted and (not self._ready or bool(self._waiting)))
        if left and not self._timer.isActive():
            self._timer.start()

    def _build_left(self) -> None:
        self._left_switch = SegmentedSwitch(self._look, tr("Left panel"))
        titles = (
            ("pages", tr("Pages")),
            ("outline", tr("Outline")),
            ("entities", tr("Entities")),
            ("notes", tr("Notes")),
        )
        for key, title in titles:
            self._left_switch.add(key, title)
        self._left_switch.set_current("entities")
        self._left_parts = _fill(self._look, self._left_body, self._left_switch)

    def _build_right(self) -> None:
        self._right_switch = SegmentedSwitch(self._look, tr("Results"))
        titles = (("summary", tr("Summary")), ("ask", tr("Ask")), ("type", tr("Type")), ("labels", tr("Labels")))
        for key, title in titles:
            self._right_switch.add(key, title)
        self._right_parts = _fill(self._look, self._right_body, self._right_switch)

    def _build_entities(self) -> None:
        self._entities = EntitiesPanel(self._look)
        self._entities.set_state("loading")
        self._left_parts.add("entities", self._entities)

    def _build_thumbnails(self) -> None:
        self._thumbnails = Thumbnails(self._look)
        self._left_parts.add("pages", self._thumbnails)

    def _build_outline(self) -> None:
        self._outline = Outline(self._look)
        self._left_parts.add("outline", self._outline)

    def _build_notes(self) -> None:
        self._notes = NotesPanel(self._look)
        self._left_parts.add("notes", self._notes)

    def _build_summary(self) -> None:
        self._summary = SummaryPanel(self._look)
        self._summary.set_state("loading")
        self._summary.set_level(self._level)
        self._right_parts.add("summary", self._summary)

    def _build_ask(self) -> None:
        self._ask = AskPanel(self._look)
        self._right_parts.add("ask", self._ask)

    def _build_type(self) -> None:
        self._type = TypePanel(self._look)
        self._type.set_state("loading")
        self._right_parts.add("type", self._type)

    def _build_labels(self) -> None:
        self._labels = LabelsPanel(self._look)
        self._right_parts.add("labels", self._labels)

    def _finish(self) -> None:
        self._ready = True
        self._left_body.show()
        self._right_body.show()
        self.set_titles(self._titles)
        self.built.emit()


class _Parts(QStackedWidget):
    """The parts of one panel; the switch chooses which is in front."""

    def __init__(self, switch: SegmentedSwitch) -> None:
        super().__init__()
        self._parts: dict[str, QWidget] = {}
        self._switch = switch
        switch.changed.connect(self._show)

    def add(self, key: str, widget: QWidget) -> None:
        self._parts[key] = widget
        self.addWidget(widget)
        self._show(self._switch.current)

    def _show(self, key: str) -> None:
        widget, shown = self._parts.get(key), self.currentWidget()
        if widget is None:
            return
        focused = QApplication.focusWidget()
        mine = (
            focused is not None
            and shown is not None
            and (shown.isAncestorOf(focused) or self._switch.isAncestorOf(focused))
        )
        if mine and shown is not widget:
            # Else Qt would give the focus to whatever comes first in the next part.
            self._switch.button(key).setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCurrentWidget(widget)


def polish(widget: QWidget) -> None:
    """Style a widget and all in it now: Qt would do that when it is first shown, all in one turn."""
    widget.ensurePolished()
    for child in widget.findChildren(QWidget):
        child.ensurePolished()


def _ground() -> tuple[QWidget, QWidget]:
    """A panel, and what lies in it: not shown before it is filled, for its many widgets take long to lay out."""
    panel, body = QWidget(), QWidget()
    panel.setProperty("role", "panel")
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(body)
    body.hide()
    return panel, body


def _fill(look: Look, body: QWidget, switch: SegmentedSwitch) -> _Parts:
    """Put the switch above and its parts below."""
    sizes = look.sizes
    parts = _Parts(switch)
    head = QVBoxLayout()
    head.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, 0)
    head.addWidget(switch)
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(sizes.pad)
    column.addLayout(head)
    column.addWidget(parts, 1)
    return parts
