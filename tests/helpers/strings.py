"""The strings of the window, read from its source: those marked for translation, and those that should be.

What a person reads is a literal in ``tr()``, ``count()`` or ``_()`` (the mark for tables), or stands in one of the
tables below whose rows are translated where they are shown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKS = frozenset({"tr", "count", "_"})
SETTERS = frozenset(
    {
        *("setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setStatusTip"),
        *("setAccessibleDescription", "setWhatsThis", "setTitle", "addAction", "addMenu", "addTab", "setTabText"),
        *("setTabToolTip", "setLabelText", "setSuffix", "setPrefix", "setSpecialValueText", "setInformativeText"),
        *("setDetailedText", "QAction", "QPushButton", "QLabel", "QCheckBox", "QRadioButton", "QGroupBox"),
    }
)
"""Calls whose texts are read by people, one word or many."""
NOT_FOR_PEOPLE = frozenset({"logging", "getLogger", "TypeVar", "cast", "ValueError", "RuntimeError", "KeyError"})
_LOG_METHODS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
_SENTENCE = re.compile(r"^[^\W\d_][\w’'-]*[,;:]? \S|^[A-Z][a-z]+[a-z.…?]$")
_PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Found:
    """One literal and where it is."""

    text: str
    file: str
    line: int


def placeholders(text: str) -> tuple[str, ...]:
    """Names in braces, sorted; one that comes twice is there twice."""
    return tuple(sorted(_PLACEHOLDER.findall(text)))


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The modules of the window: path below the root, and tree."""
    for path in sorted((ROOT / "ui").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def marked(tree: ast.Module, file: str) -> Iterator[Found]:
    """Literals in a mark."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in MARKS:
            for argument in _texts_of(node):
                for text in _literals(argument):
                    yield Found(text, file, node.lineno)


def dynamic(tree: ast.Module, file: str) -> Iterator[Found]:
    """``tr()`` of something that is no literal, which only a table explains."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) == "tr" and node.args and not _is_literal(node.args[0]):
            yield Found(ast.unparse(node.args[0]), file, node.lineno)


def unmarked(tree: ast.Module, file: str) -> Iterator[Found]:
    """Literals that a person may read, outside of a mark."""
    skipped = _not_read(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in SETTERS:
            for argument in node.args:
                for text in _pieces(argument):
                    if re.search(r"[^\W\d_]", text.value) and id(text) not in skipped:
                        yield Found(text.value, file, text.lineno)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
            and _SENTENCE.search(node.value)
        ):
            yield Found(node.value, file, node.lineno)


def _not_read(tree: ast.Module) -> set[int]:
    """Constants that nobody reads (docstrings, logs, errors of programmers) or that are marked."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        inside: ast.AST | None = None
        if isinstance(node, ast.Subscript):
            inside = node
        elif isinstance(node, ast.Expr):
            inside = node if isinstance(node.value, ast.Constant) else None
        elif isinstance(node, ast.Call):
            inside = node if _name(node) in MARKS | NOT_FOR_PEOPLE or _is_log(node) else None
        elif isinstance(node, (ast.AnnAssign, ast.arg)):
            inside = node.annotation
        if inside is not None:
            skipped.update(id(each) for each in ast.walk(inside))
    return skipped


def _is_log(call: ast.Call) -> bool:
    return _name(call) in _LOG_METHODS and ast.unparse(call.func).startswith("_log")


def _texts_of(call: ast.Call) -> list[ast.expr]:
    return call.args[1:3] if _name(call) == "count" else call.args[:1]


def _is_literal(node: ast.expr) -> bool:
    return bool(list(_literals(node)))


def _literals(node: ast.expr) -> Iterator[str]:
    """The literal, or both where a condition chooses."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _pieces(node: ast.expr) -> Iterator[ast.Constant]:
    """String constants of an argument, those of an f-string too, but none inside another call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            if isinstance(value, ast.Constant):
                yield value
    elif isinstance(node, ast.IfExp):
        yield from _pieces(node.body)
        yield from _pieces(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _pieces(node.left)
        yield from _pieces(node.right)


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
