"""The window as assistive technology and the keyboard meet it, in its main states: names, roles, focus, page text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAccessible, QAccessibleInterface, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from assistant.types import Span
from helpers.documents import Samples
from helpers.program import WAIT, open_document
from ui.dialogs.link import LinkDialog
from ui.main_window import MainWindow
from ui.models.news import News
from ui.views.document_view import DocumentView
from ui.views.page_view import PageView
from ui.views.whats_new import NewsDialog

_CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QComboBox,
    QAbstractSpinBox,
    QAbstractSlider,
    QAbstractItemView,
    QTabBar,
)
_ROLES: tuple[tuple[type[QWidget], frozenset[QAccessible.Role]], ...] = (
    (
        QAbstractButton,
        frozenset(
            {
                QAccessible.Role.Button,
                QAccessible.Role.CheckBox,
                QAccessible.Role.RadioButton,
                QAccessible.Role.ButtonMenu,
                QAccessible.Role.ButtonDropDown,
                QAccessible.Role.PageTab,
                QAccessible.Role.Link,
                QAccessible.Role.ListItem,
                QAccessible.Role.Switch,
            }
        ),
    ),
    (QLineEdit, frozenset({QAccessible.Role.EditableText})),
    (QPlainTextEdit, frozenset({QAccessible.Role.EditableText})),
    (QComboBox, frozenset({QAccessible.Role.ComboBox})),
    (QAbstractSpinBox, frozenset({QAccessible.Role.SpinBox})),
    (QTabBar, frozenset({QAccessible.Role.PageTabList})),
    (QAbstractItemView, frozenset({QAccessible.Role.List, QAccessible.Role.Tree, QAccessible.Role.Table})),
)
"""What a widget of Qt's may be to assistive technology."""


def _interface(widget: QWidget) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None, type(widget).__name__
    return found


def _where(widget: QWidget) -> str:
    chain = []
    each: QWidget | None = widget
    while each is not None and len(chain) < 4:
        chain.append(type(each).__name__)
        each = each.parentWidget()
    return " in ".join(chain)


def _is_part(widget: QWidget) -> bool:
    """Part of another control, which has the name: scroll bars, heads, the field of a spin box, a tab bar's arrows."""
    parent = widget.parentWidget()
    if isinstance(widget, QScrollBar | QHeaderView):
        return True
    return isinstance(parent, QAbstractSpinBox | QComboBox | QTabBar | QLineEdit) or (
        parent is not None and type(parent).__name__ == "QComboBoxPrivateContainer"
    )


def _controls(root: QWidget) -> Iterator[QWidget]:
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or widget.window() is not root.window() or _is_part(widget):
            continue
        reachable = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if isinstance(widget, _CONTROLS) or (reachable and not _only_scrolls(widget)):
            yield widget


def _only_scrolls(widget: QWidget) -> bool:
    return type(widget) is QAbstractScrollArea


def faults(root: QWidget) -> list[str]:
    """What is wrong with names and roles of all that can be used in a window."""
    found = []
    for widget in _controls(root):
        interface = _interface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.append(f"no name: {_where(widget)}")
        role = interface.role()
        if role in (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window):
            found.append(f"no role: {_where(widget)} ({role.name})")
        for kind, allowed in _ROLES:
            if isinstance(widget, kind) and role not in allowed:
                found.append(f"wrong role: {_where(widget)} ({role.name})")
        if widget.isEnabled() == bool(interface.state().disabled):
            found.append(f"wrong state: {_where(widget)}")
    return found


def unreachable(root: QWidget) -> list[str]:
    """What takes the focus by Tab but is not met on a round through the window."""
    wanted = {
        widget
        for widget in _controls(root)
        if widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not _is_passed_over(widget)
    }
    met: set[QWidget] = set()
    window = root.window()
    first = window.focusWidget()
    for _ in range(2 * len(wanted) + 40):
        window.focusNextPrevChild(True)
        now = window.focusWidget()
        if now is None:
            break
        met.add(now)
        proxy = now.parentWidget()
        while proxy is not None:
            if proxy.focusProxy() is now:
                met.add(proxy)
            proxy = proxy.parentWidget()
    if first is not None:
        first.setFocus()
    return [_where(widget) for widget in wanted - met]


def _is_passed_over(widget: QWidget) -> bool:
    """Of an exclusive group of switches Tab goes to the one that is on; the arrow keys go to the others."""
    return isinstance(widget, QAbstractButton) and widget.isCheckable() and not widget.isChecked()


# --- the states of the window -----------------------------------------------------------------------------------


@pytest.fixture
def window(start: Callable[[], MainWindow], qtbot: QtBot) -> MainWindow:
    made = start()
    qtbot.waitUntil(lambda: not made.lists.is_loading, timeout=WAIT)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=WAIT)
    return made


@pytest.fixture
def view(window: MainWindow, qtbot: QtBot, samples: Samples) -> DocumentView:
    made = open_document(window, samples.contract, qtbot)
    qtbot.waitUntil(lambda: made.session.analysis_seconds is not None, timeout=WAIT)
    made.panels.build()
    return made


def _check(root: QWidget) -> None:
    QApplication.processEvents()
    assert (faults(root), unreachable(root)) == ([], [])


def test_the_start_page(window: MainWindow, qtbot: QtBot, samples: Samples) -> None:
    _check(window)
    open_document(window, samples.contract, qtbot)
    window.actions_table["close_tab"].trigger()
    qtbot.waitUntil(lambda: bool(window.start_page.rows), timeout=WAIT)
    _check(window)


@pytest.mark.parametrize("part", ["pages", "outline", "entities", "notes", "summary", "ask", "type", "labels"])
def test_a_document_with_each_panel(window: MainWindow, view: DocumentView, qtbot: QtBot, part: str) -> None:
    if part == "notes":
        assert view.marks is not None
        document = view.session.document
        assert document is not None
        view.pages.pointer.select(Span(0, 8))
        window.actions_table["bookmark"].trigger()
        desk = view.marks
        qtbot.waitUntil(lambda: len(desk.state.marks) == 1, timeout=WAIT)
    window.actions_table[part].trigger()
    if part == "ask":
        view.ask.field.edit.setText("Who are the parties?")
        QTest.keyClick(view.ask.field.edit, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(view.ask.cards) and not view.ask.is_busy, timeout=WAIT)
    _check(window)


def test_finding(window: MainWindow, view: DocumentView, qtbot: QtBot) -> None:
    window.actions_table["find"].trigger()
    view.find_bar.field.setText("the")
    qtbot.waitUntil(lambda: bool(view.find_bar.hits), timeout=WAIT)
    _check(window)


def test_labelling(window: MainWindow, view: DocumentView) -> None:
    window.actions_table["labelling"].trigger()
    _check(window)


def test_two_panes(window: MainWindow, view: DocumentView, qtbot: QtBot) -> None:
    window.actions_table["split_beside"].trigger()
    _check(window)


@pytest.mark.parametrize("name", ["preferences", "shortcuts", "privacy", "print", "models"])
def test_dialogs(window: MainWindow, view: DocumentView, qtbot: QtBot, name: str) -> None:
    before = set(QApplication.topLevelWidgets())
    window.actions_table[name].trigger()

    def opened() -> list[QWidget]:
        return [each for each in QApplication.topLevelWidgets() if each not in before and each.isVisible()]

    qtbot.waitUntil(lambda: bool(opened()), timeout=WAIT)
    (dialog,) = opened()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    assert dialog.windowTitle() or dialog.accessibleName()
    _check(dialog)
    dialog.close()


def test_what_is_new(window: MainWindow, qtbot: QtBot) -> None:
    dialog = NewsDialog(window.look, News("0.2", ("Something",), "- Something"), window)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    _check(dialog)
    dialog.close()


def test_the_question_about_a_link(window: MainWindow, qtbot: QtBot) -> None:
    opened: list[QUrl] = []
    dialog = LinkDialog(window.look, "https://example.com/x", opened.append, window)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    _check(dialog)
    dialog.close()


# --- focus ------------------------------------------------------------------------------------------------------


def _picture(widget: QWidget) -> QImage:
    return widget.window().grab(widget.rect().translated(widget.mapTo(widget.window(), QPoint()))).toImage()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_focus_is_seen(window: MainWindow, view: DocumentView, qtbot: QtBot, mode: str) -> None:
    window.look.theme.set_mode("dark" if mode == "dark" else "light")
    window.actions_table["type"].trigger()
    _check_focus_shows(window)


@pytest.mark.parametrize("name", ["preferences", "privacy", "print"])
def test_the_focus_is_seen_in_dialogs(window: MainWindow, view: DocumentView, qtbot: QtBot, name: str) -> None:
    before = set(QApplication.topLevelWidgets())
    window.actions_table[name].trigger()
    qtbot.waitUntil(
        lambda: any(each.isVisible() for each in QApplication.topLevelWidgets() if each not in before), timeout=WAIT
    )
    dialog = next(each for each in QApplication.topLevelWidgets() if each not in before and each.isVisible())
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    _check_focus_shows(dialog)
    dialog.close()


def _bring_into_sight(widget: QWidget) -> None:
    """As Tab does."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def _check_focus_shows(root: QWidget) -> None:
    # A caret that blinks is not enough, and not there at any time.
    QApplication.setCursorFlashTime(0)
    unseen = []
    for widget in _controls(root):
        if not (widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus) or _is_passed_over(widget):
            continue
        if isinstance(widget, QAbstractItemView) and not widget.currentIndex().isValid():
            # Nothing in it can be chosen; it is reached to be scrolled.
            continue
        if isinstance(widget, PageView):
            # Whoever reads is there whenever they are nowhere else.
            continue
        shows = widget.parentWidget() if isinstance(widget, QLineEdit) and widget.property("kind") == "bare" else widget
        assert shows is not None
        _bring_into_sight(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        assert QApplication.focusWidget() is widget, _where(widget)
        having = _picture(shows)
        root.setFocus()
        if having == _picture(shows):
            unseen.append(_where(widget))
    assert unseen == [], "\n".join(unseen)


# --- the pages --------------------------------------------------------------------------------------------------


def test_the_text_of_the_page_is_read_out(window: MainWindow, view: DocumentView, qtbot: QtBot) -> None:
    interface = _interface(view.pages)
    assert interface.role() == QAccessible.Role.Document
    assert interface.text(QAccessible.Text.Name) == "Pages of the document"
    assert interface.text(QAccessible.Text.Description) == f"Page 1 of {view.page_count}"
    spoken = interface.textInterface()
    document = view.session.document
    assert document is not None
    first, second = (page.span for page in document.pages[:2])
    assert spoken.text(0, spoken.characterCount()) == first.of(document.text)
    assert spoken.selectionCount() == 0
    at = document.text.index("Northwind")
    spoken.setSelection(0, at, at + 9)
    assert view.pages.selected_text() == "Northwind"
    assert spoken.selectionCount() == 1
    assert tuple(spoken.selection(0)) == (at, at + 9)
    # Where a character is, and which one is there.
    qtbot.waitUntil(lambda: not spoken.characterRect(at).isEmpty(), timeout=WAIT)
    box = spoken.characterRect(at)
    assert spoken.offsetAtPoint(QPoint(box.left() + 1, box.center().y())) == at
    spoken.setCursorPosition(at + 3)
    assert view.pages.caret.active
    assert spoken.cursorPosition() == at + 3
    QTest.keyClick(view.pages, Qt.Key.Key_Right)
    assert spoken.cursorPosition() == at + 4
    spoken.removeSelection(0)
    view.pages.go_to_page(2)
    assert interface.text(QAccessible.Text.Description) == f"Page 2 of {view.page_count}"
    assert spoken.text(0, spoken.characterCount()) == second.of(document.text)


def test_characters_of_two_units_are_counted_as_qt_does(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "plane.txt"
    path.write_text("A \U0001d11e clef", encoding="utf-8")
    view = open_document(window, path, qtbot)
    spoken = _interface(view.pages).textInterface()
    whole = spoken.text(0, spoken.characterCount())
    assert whole.startswith("A \U0001d11e clef")
    assert spoken.text(0, 5) == "A \U0001d11e "
    spoken.setSelection(0, 5, 9)
    assert view.pages.selected_text() == "clef"
    assert tuple(spoken.selection(0)) == (5, 9)
