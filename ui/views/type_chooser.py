"""What kind of document this is, said by the user in one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from assistant.types import LabelType
from ui.i18n import tr
from ui.views.widgets import FlowBox, Look, PillButton, label

_LIKELY = 4
"""Types that the model holds for the likeliest have a button of their own; so have the user's own."""


class TypeChooser(QWidget):
    """:meth:`set_types` and :meth:`set_chosen` fill it.

    ``chosen(str)``: the name of a type; ``cleared()``: the chosen one was clicked again; ``create_requested()``.
    """

    chosen = Signal(str)
    cleared = Signal()
    create_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = look.sizes
        self._types: tuple[LabelType, ...] = ()
        self._titles: dict[str, str] = {}
        self._likely: tuple[str, ...] = ()
        self._chosen = ""
        self.pills: dict[str, PillButton] = {}
        self._box = FlowBox(sizes.gap)
        line = QFrame()
        line.setProperty("role", "separator")
        line.setFixedHeight(sizes.separator)
        body = QVBoxLayout()
        body.setContentsMargins(sizes.pad, sizes.pad, sizes.pad, sizes.pad)
        body.setSpacing(sizes.gap)
        self.heading = label(tr("Set the type"), "strong")
        body.addWidget(self.heading)
        body.addWidget(self._box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addLayout(body)
        self.hide()

    def set_types(self, types: Sequence[LabelType], titles: Mapping[str, str]) -> None:
        # It is told after each change of a label; buttons that are made anew would lose the focus.
        if (tuple(types), dict(titles)) != (self._types, self._titles):
            self._types, self._titles = tuple(types), dict(titles)
            self._build()

    def set_likely(self, names: Sequence[str]) -> None:
        """The types that the model holds for the likeliest, best first."""
        if tuple(names) != self._likely:
            self._likely = tuple(names)
            self._build()

    def set_chosen(self, name: str) -> None:
        """What the user has said; an empty string where nothing."""
        if name != self._chosen:
            self._chosen = name
            self._build()

    def _title(self, name: str) -> str:
        known = next((each for each in self._types if each.name == name), None)
        if known is not None and known.own:
            return known.title
        return self._titles.get(name) or (known.title if known is not None else name.replace("_", " ").capitalize())

    def _build(self) -> None:
        self._box.clear()
        self.pills = {}
        own = [each.name for each in self._types if each.own]
        known = {each.name for each in self._types}
        likely = [name for name in self._likely if name in known][:_LIKELY]
        names = list(dict.fromkeys([*([self._chosen] if self._chosen else []), *likely, *own]))
        for name in names:
            title = self._title(name)
            pill = PillButton(title, tr("Say that this document is: {type}", type=title))
            pill.setCheckable(True)
            pill.setChecked(name == self._chosen)
            pill.clicked.connect(lambda _=False, name=name: self._choose(name))
            self._box.add(pill)
            self.pills[name] = pill
        self.more = PillButton(tr("More…"), tr("All types, and new ones"))
        self.more.clicked.connect(self._open)
        self._box.add(self.more)
        self.setVisible(bool(self._types))

    def _choose(self, name: str) -> None:
        # What is checked follows from what was kept, not from the click.
        self.pills[name].setChecked(name == self._chosen)
        if name == self._chosen:
            self.cleared.emit()
        else:
            self.chosen.emit(name)

    def _open(self) -> None:
        menu = QMenu(self)
        for name in sorted((each.name for each in self._types), key=lambda name: self._title(name).casefold()):
            action = QAction(self._title(name), menu)
            action.setCheckable(True)
            action.setChecked(name == self._chosen)
            action.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
            menu.addAction(action)
        menu.addSeparator()
        menu.addAction(tr("New document type…")).triggered.connect(lambda _=False: self.create_requested.emit())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))
