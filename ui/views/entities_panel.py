"""The list of entities by type, with a filter; a row steps through the places where its entity is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from assistant.jobs import Progress
from assistant.types import Entities, Entity, LabelType, Mention
from ui.i18n import count, number_text, tr
from ui.models.entities_model import EntitiesModel, EntityGroup, EntityRole, EntitySort
from ui.views.widgets import FlowText, IconButton, LinkButton, Look, ProgressRow, SearchField, StateView

State = Literal["none", "loading", "ready", "failed"]


class EntitiesPanel(QWidget):
    """Entities by type.

    - :meth:`set_entities` shows a result, whole or partial; an empty complete one is the designed empty state.
      None goes back to no document.
    - :meth:`set_progress` shows how far the work is (a thin row below the list); None hides it.
    - :meth:`set_state`: ``none`` (no document), ``loading`` (nothing yet), ``ready``, ``failed`` with a sentence.
    - :meth:`set_current` marks the mention that the page shows; no signal follows.
    - :meth:`focus_filter` puts the cursor into the filter.

    ``mention_activated(mention, number, total)``: go there; ``number`` counts from 1. A click on a row goes to its
    first mention, each further click (or Enter, Right) to the next, Left or Shift+Enter to the one before.
    ``retry_requested()``: the button of the failed state.
    """

    mention_activated = Signal(object, int, int)
    retry_requested = Signal()
    tools_requested = Signal(QWidget)
    """The button of the list's menu was pressed: sorting, grouping, types, export. The widget is the button."""
    menu_requested = Signal(object, QPoint)
    """An :class:`Entity` and the place of its row on the screen: what can be done with it."""
    hidden_cleared = Signal()
    """All types are to be shown again."""
    undo_requested = Signal(bool)
    """Ctrl+Z (True) or Ctrl+Shift+Z (False) in the list."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._state: State = "none"
        self._sentence = ""
        self._collapsed: set[str] = set()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = EntitiesModel(self)
        sizes = look.sizes

        self.filter = SearchField(look, tr("Filter entities"))
        self.filter.edit.textChanged.connect(self._on_filter)
        self.filter.down.connect(self._enter_list)
        self.filter.edit.returnPressed.connect(self._activate_first)
        self.view = _EntityView(look, self)
        self.view.setModel(self.model)
        self.view.stepped.connect(self._step)
        self.view.toggled.connect(self._on_toggled)
        self.view.typed.connect(self._type_into_filter)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.undo.connect(self.undo_requested)
        self.tools = IconButton(look, "menu", tr("Sort, group, hide, export"), color="muted")
        self.tools.clicked.connect(lambda: self.tools_requested.emit(self.tools))
        self.state_view = StateView(look)
        self.state_view.action.connect(self._on_action)
        self.progress = ProgressRow(look)
        self.progress.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.pad)

        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.state_view)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.pad, 0, sizes.pad - sizes.grid, 0)
        head.setSpacing(sizes.grid)
        head.addWidget(self.filter, 1)
        head.addWidget(self.tools)
        self.changes = UndoLine(look)
        self.changes.undone.connect(lambda: self.undo_requested.emit(True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.changes)
        column.addWidget(self.progress)
        self._show()

    # --- setters ----------------------------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        return self._state == "failed"

    def set_entities(self, entities: Entities | None) -> None:
        """After a failure a part of the entities (a label was changed) leaves its sentence on show."""
        if self.failed and entities is not None and not entities.complete:
            self._keeping_place(lambda: self.model.set_entities(entities))
            self._show(self._sentence)
            return
        if entities is None:
            self._state = "none"
        elif entities.complete or entities.entities:
            self._state = "ready"
        else:
            self._state = "loading"
        self._keeping_place(lambda: self.model.set_entities(entities))
        self._show()

    def set_types(self, types: Sequence[LabelType]) -> None:
        """The entity types there are: the user's own get groups of their own."""
        self._keeping_place(lambda: self.model.set_types(types))

    def set_people(self, people: Sequence[tuple[Entity, Sequence[Entity]]] | None) -> None:
        """Group by person (see the model), or by type."""
        self._keeping_place(lambda: self.model.set_people(people))

    def set_sort(self, sort: EntitySort) -> None:
        self._keeping_place(lambda: self.model.set_sort(sort))

    def set_hidden(self, keys: Sequence[str]) -> None:
        """Types, by the key of their group, that are not in the list."""
        self._keeping_place(lambda: self.model.set_hidden(keys))
        self._show()

    def set_progress(self, progress: Progress | None) -> None:
        self.progress.set_progress(progress)

    def set_state(self, state: State, sentence: str = "") -> None:
        """``sentence`` says why, for ``failed``. A failure keeps what was found before it on show."""
        self._state, self._sentence = state, sentence
        if state in ("none", "loading"):
            self.model.set_entities(None)
        if state != "loading":
            self.progress.set_progress(None)
        self._show(sentence)

    def set_current(self, mention: Mention | None) -> None:
        index = self.model.set_current(mention)
        if index.isValid():
            self.view.expand(index.parent())
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
            if index.row() == 0:
                # The first entity of a group comes with its heading.
                self.view.scrollTo(index.parent())

    def focus_filter(self) -> None:
        self.filter.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.edit.selectAll()

    # --- what the user does -----------------------------------------------------------------------------

    def _on_filter(self, text: str) -> None:
        self._keeping_place(lambda: self.model.set_filter(text))
        self._show()

    def _type_into_filter(self, text: str) -> None:
        self.filter.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.filter.edit.insert(text)

    def _enter_list(self) -> None:
        if self.model.shown == 0:
            return
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0, self.model.index(0, 0)))

    def _activate_first(self) -> None:
        if self.filter.edit.text() and self.model.shown:
            index = self.model.index(0, 0, self.model.index(0, 0))
            self.view.setCurrentIndex(index)
            self._step(index, 1)

    def _on_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        entity = self.model.entity(index if index.isValid() else self.view.currentIndex())
        if entity is not None:
            row = self.view.visualRect(index if index.isValid() else self.view.currentIndex())
            self.menu_requested.emit(entity, self.view.viewport().mapToGlobal(QPoint(place.x(), row.bottom())))

    def _step(self, index: QModelIndex, delta: int) -> None:
        stepped = self.model.step(index, delta)
        if stepped is not None:
            self.mention_activated.emit(*stepped)

    def _on_toggled(self, key: str, expanded: bool) -> None:
        if expanded:
            self._collapsed.discard(key)
        else:
            self._collapsed.add(key)

    def _on_action(self) -> None:
        if self._state == "failed":
            self.retry_requested.emit()
        elif self.model.hidden and not self.model.filter_text:
            self.hidden_cleared.emit()
        else:
            self.filter.edit.clear()
            self.filter.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what is shown ----------------------------------------------------------------------------------

    def _keeping_place(self, change: Callable[[], None]) -> None:
        """Run a change that resets the model; the row with the cursor, the scroll place and folded groups stay."""
        before = self.model.entity(self.view.currentIndex())
        scrolled = self.view.verticalScrollBar().value()
        change()
        self._unfold()
        if before is not None:
            index = self.model.index_of((before.label, before.name))
            if index.isValid():
                # Selecting scrolls; the scroll place is put back below.
                self.view.setCurrentIndex(index)
        self.view.verticalScrollBar().setValue(scrolled)

    def _unfold(self) -> None:
        for row in range(self.model.rowCount()):
            index = self.model.index(row, 0)
            group: EntityGroup = index.data(EntityRole.GROUP)
            # A filter shows what it finds.
            self.view.setExpanded(index, group.key not in self._collapsed or bool(self.model.filter_text))

    def _show(self, sentence: str = "") -> None:
        total = self.model.total
        self.filter.setEnabled(total > 0)
        self.filter.edit.setPlaceholderText(
            count(total, "Filter {n} entity", "Filter {n} entities") if total else tr("Filter entities")
        )
        tip = tr("Keep entities that hold these words")
        if self.model.filter_text:
            tip = tr("{n} of {total} entities", n=number_text(self.model.shown), total=number_text(total))
        self.filter.edit.setToolTip(tip)
        show = self.state_view.show_state
        if self._state == "failed" and total == 0:
            show("error", sentence or tr("The entities could not be found."), tr("Try again"))
        elif self._state == "none":
            show("tag", tr("Open a document to see the people, places, dates and amounts in it."))
        elif self._state == "loading":
            show("tag", tr("Entities appear here as the pages are read."))
        elif total == 0:
            show("tag", tr("No people, places, dates or amounts were found in this document."))
        elif self.model.shown == 0 and not self.model.filter_text:
            show("tag", tr("All types of entities are hidden."), tr("Show all types"))
        elif self.model.shown == 0:
            show(
                "search",
                tr(
                    "None of the {total} entities holds “{words}”.",
                    total=number_text(total),
                    words=self.filter.edit.text(),
                ),
                tr("Empty the filter"),
            )
        else:
            self._stack.setCurrentWidget(self.view)
            return
        self._stack.setCurrentWidget(self.state_view)


class _EntityView(QTreeView):
    """The tree: steps on click and keys, folds groups, hands typed letters to the filter."""

    stepped = Signal(QModelIndex, int)
    toggled = Signal(str, bool)
    typed = Signal(str)
    undo = Signal(bool)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(True)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(EntityDelegate(look, self))
        self.setAccessibleName(tr("Entities"))
        self.setAccessibleDescription(tr("Enter or Right goes to the next mention, Left to the one before."))
        self._pressed = QPersistentModelIndex()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = QPersistentModelIndex(self.indexAt(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Two quick clicks are two steps.
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return
        if QPersistentModelIndex(index) == self._pressed:
            self._act(index, 1)

    def event(self, event: QEvent) -> bool:
        # The window's own Undo is for labels; in this list it is for what was merged and split.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _undo_step(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _undo_step(event)
        if step:
            self.undo.emit(step < 0)
            return
        index = self.currentIndex()
        key = event.key()
        back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if index.isValid() and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._act(index, -1 if back else 1)
        elif index.isValid() and key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            if index.parent().isValid():
                self.stepped.emit(index, 1 if key == Qt.Key.Key_Right else -1)
            elif self.isExpanded(index) != (key == Qt.Key.Key_Right):
                self._act(index, 1)
        elif (
            event.text().isprintable() and event.text() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _act(self, index: QModelIndex, delta: int) -> None:
        if index.parent().isValid():
            self.stepped.emit(index, delta)
            return
        group: EntityGroup = index.data(EntityRole.GROUP)
        expanded = not self.isExpanded(index)
        self.setExpanded(index, expanded)
        self.toggled.emit(group.key, expanded)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            QTimer.singleShot(0, self, self.scheduleDelayedItemsLayout)


def _undo_step(event: QKeyEvent) -> int:
    if event.matches(QKeySequence.StandardKey.Undo):
        return -1
    return 1 if event.matches(QKeySequence.StandardKey.Redo) else 0


class UndoLine(QWidget):
    """What was changed last, with a way back; :meth:`say` with nothing hides it. ``undone()``."""

    undone = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = FlowText(look, role="secondary", color="muted", max_lines=2)
        self.button = LinkButton(tr("Undo"), tr("Undo the last change to the entities"))
        self.button.clicked.connect(self.undone)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.sizes.pad, 0, look.sizes.pad, look.sizes.gap)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.hide()

    def say(self, sentence: str) -> None:
        self.words.set_text(sentence)
        self.setVisible(bool(sentence))


def _plain(index: QModelIndex | QPersistentModelIndex) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else index.model().index(index.row(), 0, index.parent())


class EntityDelegate(QStyledItemDelegate):
    """Paints a group heading (dot, title) or an entity (name, count); asks the model, keeps nothing."""

    def __init__(self, look: Look, view: QTreeView) -> None:
        super().__init__(view)
        self._look = look
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._look.sizes.control, self._look.sizes.row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        self._paint_ground(painter, rect, state, bool(index.data(EntityRole.POSITION)))
        if index.data(EntityRole.ENTITY) is None:
            self._paint_group(painter, rect, index)
        else:
            self._paint_entity(painter, rect, index)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, current: bool) -> None:
        if current:
            painter.fillRect(rect, self._look.color("accent_soft"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._look.color("sunken", 0.6))
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            sizes = self._look.sizes
            painter.setPen(QPen(self._look.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(rect).adjusted(2.5, 1.5, -2.5, -1.5)
            painter.drawRoundedRect(ring, sizes.radius_small, sizes.radius_small)

    def _paint_group(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        sizes = self._look.sizes
        group: EntityGroup = index.data(EntityRole.GROUP)
        dot = QRectF(sizes.pad, rect.center().y() - sizes.dot / 2 + 0.5, sizes.dot, sizes.dot)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(group.token))
        painter.drawRoundedRect(dot, sizes.dot / 3, sizes.dot / 3)
        right = rect.right() - sizes.pad
        if not self._view.isExpanded(_plain(index)):
            right = self._paint_trailer(painter, rect, number_text(index.data(EntityRole.COUNT)))
        font = self._look.font("secondary", bold=True)
        self._paint_name(painter, rect, right, font, "muted", str(index.data()))

    def _paint_entity(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        right = self._paint_trailer(painter, rect, str(index.data(EntityRole.TRAILER)))
        font = self._look.font("body", bold=bool(index.data(EntityRole.POSITION)))
        self._paint_name(painter, rect, right, font, "text", str(index.data()))

    def _paint_trailer(self, painter: QPainter, rect: QRect, text: str) -> int:
        """The text at the right end; returns where it begins."""
        sizes = self._look.sizes
        font = self._look.font("secondary")
        font.setFeature(QFont.Tag.fromString("tnum"), 1)
        painter.setFont(font)
        painter.setPen(self._look.color("muted"))
        width = QFontMetrics(font).horizontalAdvance(text)
        box = QRect(rect.right() - sizes.pad - width + 1, rect.top(), width, rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        return box.left() - sizes.gap

    def _paint_name(self, painter: QPainter, rect: QRect, right: int, font: QFont, color: str, text: str) -> None:
        left = self._look.sizes.pad + self._look.sizes.dot + self._look.sizes.gap
        painter.setFont(font)
        painter.setPen(self._look.color(color))
        box = QRect(left, rect.top(), max(0, right - left), rect.height())
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
