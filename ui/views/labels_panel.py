"""The Labels panel: the types with their keys, what is left to review, whether to retrain, and the way to the lists."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from assistant.types import LabelType, Mention, Span
from ui.i18n import number_text, tr
from ui.models.label_session import LabelState
from ui.views.keys_card import KeysCard
from ui.views.label_list import LabelList
from ui.views.label_widgets import AddButton, TwoColumns, TypeButton, chosen_types, type_title
from ui.views.retrain_card import RetrainCard
from ui.views.review_card import ReviewCard
from ui.views.type_editor import TypeEditor
from ui.views.widgets import Column, FlowText, IconButton, IconPicture, Look, RowButton, StateView, label

LISTS = ("queue", "disagreements", "lost", "history")


class LabelsPanel(QWidget):
    """Shows a :class:`LabelState`; says what the user wants, changes nothing itself.

    ``type_chosen(LabelType)``: for the selected words, or the current mark. ``type_saved(TypeDraft, LabelType or
    None)``, ``type_deleted(LabelType)``. ``list_opened(str)``: one of :data:`LISTS` is to be filled.
    ``undo_requested``, ``redo_requested``, ``retrain_requested``.
    """

    type_chosen = Signal(object)
    type_saved = Signal(object, object)
    type_deleted = Signal(object)
    list_opened = Signal(str)
    undo_requested = Signal()
    redo_requested = Signal()
    retrain_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._types: tuple[LabelType, ...] = ()
        self._current: str = ""
        self.buttons: list[TypeButton] = []
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = look.sizes
        hint = tr("Select text, then press a key. Suggestions are dashed until you confirm them.")
        self.hint = FlowText(look, hint, role="secondary", color="muted")
        self.keys_card = KeysCard(look, self)
        self.keys_button = IconButton(look, "keys", tr("Keys on the page"), small=True, color="muted")
        self.keys_button.clicked.connect(
            lambda: self.keys_card.open_at(QRect(self.keys_button.mapToGlobal(QPoint(0, 0)), self.keys_button.size()))
        )
        top = QWidget()
        head = QHBoxLayout(top)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(sizes.gap)
        head.addWidget(self.hint, 1)
        head.addWidget(self.keys_button, 0, Qt.AlignmentFlag.AlignTop)
        self._grid = TwoColumns(look)
        self.review = ReviewCard(look)
        self.retrain_card = RetrainCard(look)
        self.editor = TypeEditor(look, self)
        self.editor.saved.connect(self.type_saved)
        self.editor.deleted.connect(self.type_deleted)
        self.column = Column(tr("Labels"))
        self.column.body.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.pad)
        self.column.body.setSpacing(sizes.gap + 1)
        self._links = {key: _LinkRow(look, title, icon) for key, title, icon in self._titles_of_lists()}
        links = QVBoxLayout()
        links.setSpacing(0)
        rows = QWidget()
        rows.setLayout(links)
        links.setContentsMargins(0, 0, 0, 0)
        for key, link in self._links.items():
            link.clicked.connect(lambda _=False, key=key: self.open_list(key))
            links.addWidget(link)
        for part in (top, self._grid, self.review, self.retrain_card, rows):
            self.column.add(part)
        self.lists = self._make_lists()
        self.state_view = StateView(look)
        self.state_view.show_state("tag", tr("You can label the document once its text is read."))
        self._stack = QStackedWidget()
        for part in (self.state_view, self.column, *self.lists.values()):
            self._stack.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self._make_foot())

    def _titles_of_lists(self) -> tuple[tuple[str, str, str], ...]:
        return (
            ("queue", tr("Label queue"), "queue"),
            ("disagreements", tr("Disagreements"), "disagreements"),
            ("lost", tr("Lost labels"), "lost"),
            ("history", tr("History"), "history"),
        )

    def _make_lists(self) -> dict[str, LabelList]:
        look = self._look
        words = {
            "queue": (
                tr("Where a label helps most, over all documents that you have opened."),
                tr("Nothing stands out. Open more documents, or label what you read."),
            ),
            "disagreements": (
                tr("Labels that do not go together: models learn both sides and trust neither."),
                tr("Your labels agree with each other."),
            ),
            "lost": (
                tr(
                    "The document has changed and these words were not found again. Select their new place, then put "
                    "the label there."
                ),
                tr("All labels of this document have their place."),
            ),
            "history": (
                tr("All changes to the labels of this document, newest first."),
                tr("Nothing was labelled in this document yet."),
            ),
        }
        made: dict[str, LabelList] = {}
        for key, title, _ in self._titles_of_lists():
            made[key] = LabelList(look, title, *words[key])
            made[key].back.connect(self.close_list)
        return made

    def _make_foot(self) -> QWidget:
        look, sizes = self._look, self._look.sizes
        self.undo = QPushButton(tr("Undo"))
        self.undo.setToolTip(tr("Undo the last change to the labels (Ctrl+Z)"))
        self.undo.clicked.connect(self.undo_requested)
        self.redo = IconButton(look, "redo", tr("Redo"), shortcut=tr("Ctrl+Shift+Z"))
        self.redo.clicked.connect(self.redo_requested)
        self.retrain = QPushButton(tr("Retrain…"))
        self.retrain.setProperty("kind", "primary")
        self.retrain.setToolTip(tr("Train a model on your labels"))
        self.retrain.clicked.connect(self.retrain_requested)
        self.retrain.hide()
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        line = QFrame()
        line.setProperty("role", "separator")
        line.setFixedHeight(sizes.separator)
        row = QHBoxLayout()
        row.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        row.setSpacing(sizes.gap)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        row.addStretch(1)
        row.addWidget(self.retrain)
        column.addWidget(line)
        column.addLayout(row)
        return foot

    # --- setters ----------------------------------------------------------------------------------------

    def set_retrain_available(self, available: bool) -> None:
        self.retrain.setVisible(available)

    def set_state(self, state: LabelState, suggestions: Sequence[Mention], *, waiting: bool) -> None:
        """``suggestions`` in the order in which they are gone through; ``waiting`` while entities are looked for."""
        self._set_types(state.types)
        titles = {each.name: type_title(each) for each in (*state.types, *state.document_types)}
        self.review.set_titles(titles)
        self.review.set_suggestions(suggestions, state.judged, waiting=waiting and not suggestions)
        self.retrain_card.set_counts(state.counts, titles)
        self.undo.setEnabled(state.can_undo)
        self.redo.setEnabled(state.can_redo)
        lost = len(state.lost)
        self._links["lost"].setVisible(lost > 0)
        self._links["lost"].set_trailer(number_text(lost))
        if self._stack.currentWidget() is self.state_view:
            self._stack.setCurrentWidget(self.column)

    def set_current(self, span: Span | None, value: str) -> None:
        """The place that keys and buttons are for, and what it is labelled as (or suggested to be)."""
        self._current = value
        self.review.set_current(span)
        for button in self.buttons:
            button.setChecked(bool(value) and button.kind.name == value)

    def set_disagreements(self, number: int) -> None:
        self._links["disagreements"].set_trailer(number_text(number) if number else "")

    @property
    def open_list_key(self) -> str:
        """The list on show, or an empty string."""
        shown = self._stack.currentWidget()
        return next((key for key, widget in self.lists.items() if widget is shown), "")

    def open_list(self, key: str) -> None:
        self.lists[key].set_waiting()
        self._stack.setCurrentWidget(self.lists[key])
        self.lists[key].back_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list_opened.emit(key)

    def close_list(self) -> None:
        key = self.open_list_key
        self._stack.setCurrentWidget(self.column)
        if key:
            self._links[key].setFocus(Qt.FocusReason.OtherFocusReason)

    # --- types ------------------------------------------------------------------------------------------

    def _set_types(self, types: tuple[LabelType, ...]) -> None:
        if types == self._types:
            return
        self._types = types
        self.buttons = []
        shown = chosen_types(self._types)
        for kind in shown:
            button = TypeButton(self._look, kind)
            button.clicked.connect(lambda _=False, kind=kind: self.type_chosen.emit(kind))
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.customContextMenuRequested.connect(
                lambda place, button=button: self._type_menu(button, button.mapToGlobal(place))
            )
            self.buttons.append(button)
        self.more = AddButton(self._look, tr("More types"), tr("Types without a key"), icon="menu")
        self.more.clicked.connect(self._open_more)
        self.new = AddButton(self._look, tr("New type"), tr("Make a type of your own, with a colour and a key"))
        self.new.clicked.connect(lambda: self.open_editor())
        last: list[QWidget] = [self.new]
        if len(shown) < len(types):
            last.insert(0, self.more)
        self._grid.set_widgets([*self.buttons, *last])
        self.set_current(None, self._current)

    def open_editor(self, title: str = "") -> None:
        """Make a new type."""
        place = QRect(self.new.mapToGlobal(QPoint(0, 0)), self.new.size())
        self.editor.open_new("entity", self._types, place, title)

    def _open_more(self) -> None:
        menu = QMenu(self)
        shown = chosen_types(self._types)
        for kind in self._types:
            if kind not in shown:
                action = QAction(type_title(kind), menu)
                action.triggered.connect(lambda _=False, kind=kind: self.type_chosen.emit(kind))
                menu.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _type_menu(self, button: TypeButton, place: QPoint) -> None:
        menu = QMenu(self)
        change = menu.addAction(tr("Change the type…"))
        change.triggered.connect(
            lambda: self.editor.open_type(
                button.kind, self._types, QRect(button.mapToGlobal(QPoint(0, 0)), button.size())
            )
        )
        if button.kind.own:
            delete = menu.addAction(tr("Delete the type"))
            delete.triggered.connect(lambda: self.type_deleted.emit(button.kind))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)


class _LinkRow(RowButton):
    """A row that leads to a list: icon, title, how many, an arrow."""

    def __init__(self, look: Look, title: str, icon: str) -> None:
        super().__init__(look, title)
        sizes = look.sizes
        self.setFixedHeight(sizes.row)
        self.setToolTip(title)
        self._trailer = label(role="secondary")
        words = label(title)
        picture = IconPicture(look, icon, color="muted")
        arrow = IconPicture(look, "forward", size=sizes.icon_small - 2)
        self.adopt(words, self._trailer)
        line = QHBoxLayout(self)
        line.setContentsMargins(sizes.grid, 0, sizes.grid, 0)
        line.setSpacing(sizes.gap)
        line.addWidget(picture)
        line.addWidget(words, 1)
        line.addWidget(self._trailer)
        line.addWidget(arrow)

    def set_trailer(self, text: str) -> None:
        self._trailer.setText(text)
