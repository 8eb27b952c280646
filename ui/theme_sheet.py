"""The style sheet: how the tokens of :mod:`ui.theme` are worn by Qt's widgets."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.theme import Sizes, Tokens


def style_sheet(tokens: Tokens, sizes: Sizes) -> str:
    """The application's style sheet for one theme."""
    names: dict[str, object] = {name: getattr(tokens, name) for name in tokens.__slots__}
    names.update({name: getattr(sizes, name) for name in sizes.__slots__})
    names["control_inner"] = sizes.control - 2
    names["row_inner"] = sizes.row
    names["bar_edge"] = sizes.scroll_bar // 4
    names["bar_radius"] = sizes.scroll_bar // 4
    names["progress_radius"] = sizes.progress // 2
    names["pill_radius"] = sizes.control_small // 2 + 1
    return _SHEET.substitute(names)


_SHEET = Template("""
QWidget { outline: none; }
QMainWindow, QDialog, QWidget[role="window"] { background: $window; }
QWidget[role="panel"] { background: $surface; }
QWidget[role="bar"] { background: $surface; border-bottom: ${separator}px solid $border; }
QWidget[role="desk"] { background: $desk; }

QLabel { background: transparent; color: $text; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="secondary"] { color: $muted; font-size: ${font_secondary}px; }
QLabel[role="strong"] { font-weight: $weight_strong; }
QLabel[role="heading"] { font-size: ${font_heading}px; font-weight: $weight_strong; }
QLabel[role="figure"] { font-size: ${font_figure}px; font-weight: $weight_strong; }
QLabel[role="answer"] { font-size: ${font_answer}px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="chip"] {
    background: $sunken; color: $muted; font-size: ${font_secondary}px;
    border-radius: ${radius_small}px; padding: 1px 6px;
}

QPushButton {
    min-height: ${control_inner}px; max-height: ${control_inner}px; padding: 0 ${pad}px; color: $text;
    background: $surface; border: 1px solid $border; border-radius: ${radius}px;
}
QPushButton:hover { background: $sunken; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $muted; background: $window; }
QPushButton[kind="primary"] {
    background: $accent; border-color: $accent; color: $on_accent; font-weight: $weight_strong;
}
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $sunken; border-color: $sunken; color: $muted; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[kind="danger"]:disabled { color: $muted; }
QPushButton[kind="danger"]:focus { border-color: $bad; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover { background: $sunken; }
QPushButton[kind="quiet"]:focus { border-color: $accent; }
QPushButton[kind="link"] {
    background: transparent; border: 1px solid transparent; color: $accent; padding: 0 4px;
    min-height: 22px; max-height: 22px; font-size: ${font_secondary}px;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QPushButton[kind="pill"] {
    min-height: ${control_small}px; max-height: ${control_small}px; border-radius: ${pill_radius}px;
    padding: 0 10px; font-size: ${font_secondary}px;
}
QPushButton[kind="pill"]:checked { background: $accent_soft; border-color: $accent; font-weight: $weight_strong; }
QPushButton[kind="pill"]:checked:focus { border-color: $text; }
QPushButton[kind="chip"] {
    min-height: ${chip}px; max-height: ${chip}px; padding: 0 5px; background: $sunken; color: $muted;
    border: 1px solid transparent; border-radius: ${radius_small}px; font-size: ${font_secondary}px;
}
QPushButton[kind="chip"]:hover { color: $accent; background: $accent_soft; }
QPushButton[kind="chip"]:focus { border-color: $accent; }

QToolButton {
    min-width: ${control_inner}px; min-height: ${control_inner}px; padding: 0; color: $text;
    background: transparent; border: 1px solid transparent; border-radius: ${radius}px;
}
QToolButton:hover { background: $sunken; }
QToolButton:pressed { background: $border; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $accent_soft; }
QToolButton:disabled { color: $muted; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[kind="small"] { min-width: 22px; min-height: 22px; max-width: 22px; max-height: 22px; }
QFrame[role="segmented"] { background: $sunken; border: none; border-radius: ${radius}px; }
QToolButton[kind="segment"] {
    min-height: 26px; max-height: 26px; color: $muted; border: 1px solid transparent;
    border-radius: ${radius_small}px; background: transparent;
}
QToolButton[kind="segment"]:hover { color: $text; }
QToolButton[kind="segment"]:checked { background: $segment; color: $text; font-weight: $weight_strong;
    border-color: $border; }
QToolButton[kind="segment"]:focus { border-color: $accent; }

QFrame[role="card"] { background: $surface; border: 1px solid $border; border-radius: ${radius_card}px; }
QLabel[role="key"] {
    background: $sunken; color: $text; font-size: ${font_secondary}px; border: 1px solid $border;
    border-radius: ${radius_small}px; padding: 1px 6px;
}
QListWidget[kind="groups"] { background: $window; padding: 0; }
QListWidget[kind="groups"]::item {
    border: 1px solid transparent; border-radius: ${radius}px; padding: 0 ${gap}px;
}
QListWidget[kind="groups"]::item:focus { border-color: $accent; }
QFrame[role="card-dashed"] { background: $surface; border: 1px dashed $border; border-radius: ${radius_card}px; }
QFrame[role="card-selected"] {
    background: $accent_soft; border: 1px solid $accent_soft; border-radius: ${radius_card}px;
}
QFrame[role="notice"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[role="separator"] { background: $border; border: none; }

QCheckBox { color: $text; spacing: ${gap}px; min-height: ${control_small}px; border: 1px solid transparent;
    border-radius: ${radius_small}px; padding: 0 4px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox:disabled { color: $muted; }
QWidget[role="rail"] { background: $window; border-right: ${separator}px solid $border; }
QWidget[role="foot"] { background: $surface; border-top: ${separator}px solid $border; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $border; border-radius: ${radius}px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit, QSpinBox, QComboBox { min-height: ${control_inner}px; max-height: ${control_inner}px; padding: 0 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit[kind="bare"], QTextEdit[kind="bare"], QPlainTextEdit[kind="bare"] {
    border: none; background: transparent; padding: 0;
}
QLineEdit[state="bad"] { border-color: $bad; }

QAbstractScrollArea { border: none; background: transparent; }
QListView, QTreeView, QTableView {
    border: none; background: $surface; color: $text; show-decoration-selected: 1;
    selection-background-color: $accent_soft; selection-color: $text;
}
QTreeView::item, QListView::item { min-height: ${row_inner}px; border: none; padding: 0 4px; }
QTreeView::item:hover, QListView::item:hover { background: $sunken; }
QTreeView::item:selected, QListView::item:selected { background: $accent_soft; color: $text; }

QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: transparent; color: $muted; font-weight: $weight_strong; font-size: ${font_secondary}px;
    border: none; border-bottom: 1px solid $border; padding: 0 8px;
}

QScrollBar:vertical { background: transparent; width: ${scroll_bar}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${scroll_bar}px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: ${bar_radius}px; margin: ${bar_edge}px; }
QScrollBar::handle:vertical { min-height: ${control}px; }
QScrollBar::handle:horizontal { min-width: ${control}px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QProgressBar {
    background: $sunken; border: none; border-radius: ${progress_radius}px;
    min-height: ${progress}px; max-height: ${progress}px; text-align: center; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: ${progress_radius}px; }

QMenu { background: $surface; color: $text; border: 1px solid $border; border-radius: ${radius}px; padding: 4px; }
QMenu::item { min-height: 28px; padding: 0 24px 0 8px; border-radius: ${radius_small}px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QToolTip { background: $surface; color: $text; border: 1px solid $border; padding: 4px 6px; }
QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }

QWidget[role="tabs"] { background: $window; border-bottom: ${separator}px solid $border; }
QTabBar { background: transparent; border: none; }
QTabBar::tab {
    height: ${control_inner}px; margin-right: 2px; padding: 0 ${gap}px; color: $muted;
    background: transparent; border: 1px solid transparent; border-radius: ${radius}px;
}
QTabBar::tab:hover { color: $text; background: $sunken; }
QTabBar::tab:selected { color: $text; background: $surface; border-color: $border; font-weight: $weight_strong; }
QTabBar::tab:selected:focus { border-color: $accent; }
QTabBar QToolButton { background: $window; border: 1px solid $border; min-width: 20px; min-height: 20px; }
QTabBar IconButton { border-color: transparent; background: transparent; }
QTabBar::close-button { image: none; }
QTabBar::scroller { width: ${control}px; }

QToolButton[kind="status"] {
    min-height: 22px; max-height: 22px; color: $muted; font-size: ${font_secondary}px; padding: 0 4px;
    border-radius: ${radius_small}px;
}
QStatusBar, QWidget[role="status"] { background: $window; border-top: ${separator}px solid $border; }
QStatusBar::item { border: none; }
""")
