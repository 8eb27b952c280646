"""Every text that a person reads is marked, and every marked text is in the catalogue, with its placeholders."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from assistant.documents.segment import language
from assistant.errors import MESSAGES
from assistant.settings import SETTINGS, UI_LANGUAGE
from helpers.strings import ROOT, dynamic, marked, placeholders, sources, unmarked
from ui.i18n import WORDS, Catalog

_FOLDER = ROOT / "resources" / "translations"
_CATALOGUES = sorted(_FOLDER.glob("*.json"))
_NOT_TRANSLATED = {
    # Names, and what only a program reads.
    ("ui/app.py", "Docent"),
    ("ui/app.py", "Fusion"),
    ("ui/models/formats.py", "Markdown"),
    ("ui/wizard/chart.py", "Series"),
    # A report for developers.
    ("ui/dialogs/error.py", "caused by"),
    ("ui/dialogs/error.py", "Log"),
    ("ui/dialogs/error.py", "Models run on "),
    # Asked in the language of the document.
    ("ui/self_test.py", "Who are the parties?"),
}
_KEYS = {"Enter", "Esc", "Del", "Shift", "Ctrl", "Alt"}
_FILES_WITHOUT_WORDS = {"ui/theme.py", "ui/theme_sheet.py", "ui/views/widgets/__init__.py"}
"""Fonts, the style sheet, questions in the document's language, exported names."""
_FROM_TABLES = {
    "spec.title",
    "spec.tip or spec.title",
    "GROUPS[spec.group]",
    "setting.group",
    "setting.title",
    "setting.help",
    "row.setting.group",
    "title",
    "name",
    "text",
    "template",
    "_CHOICES.get(choice, choice)",
    "names[1] if plural else names[0]",
    "_STAGES.get(stage, stage.replace('_', ' ').capitalize())",
    "QLocale.languageToString(locale.language())",
}
"""``tr()`` of these gives a row of a table that is looked through here."""


def _tables() -> Iterator[str]:
    yield from MESSAGES.values()
    yield from WORDS
    for setting in SETTINGS:
        if not setting.hidden:
            yield from (setting.title, setting.help, setting.group)
            yield from (title for value, title in setting.choices if setting is not UI_LANGUAGE or value == "system")
    codes = {code for codes in language._CANDIDATES.values() for code in codes} | set(language._BY_SCRIPT.values())
    for code in sorted(codes | {"zh", "ja"}):
        name = QLocale(code).language()
        if name != QLocale.Language.C:
            yield QLocale.languageToString(name)


def _wanted() -> list[str]:
    found = [each.text for file, tree in sources() for each in marked(tree, file)]
    return list(dict.fromkeys([*found, *_tables()]))


def _needed() -> list[str]:
    """Without those that stand in no catalogue: of "{n} page" and "{n} pages" the second is the key."""
    singular = {one for file, tree in sources() for one in _singulars(tree)}
    return [text for text in _wanted() if text not in singular]


def _singulars(tree: ast.Module) -> Iterator[str]:
    plural: set[str] = set()
    one: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
            one.add(ast.literal_eval(node.args[1]))
            plural.add(ast.literal_eval(node.args[2]))
    yield from one - plural


@pytest.mark.parametrize("path", _CATALOGUES, ids=lambda path: path.stem)
def test_the_catalogue_has_every_text_and_no_other(path: Path) -> None:
    texts = json.loads(path.read_text(encoding="utf-8"))
    needed = _needed()
    missing = [text for text in needed if text not in texts]
    assert not missing, "not translated:\n" + json.dumps(missing, ensure_ascii=False, indent=1)
    # So that two people who add words rarely meet in one place.
    assert list(texts) == sorted(texts)
    left_over = sorted(set(texts) - set(needed))
    assert not left_over, "no longer used:\n" + json.dumps(left_over, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("path", _CATALOGUES, ids=lambda path: path.stem)
def test_translations_have_the_same_placeholders(path: Path) -> None:
    texts = json.loads(path.read_text(encoding="utf-8"))
    wrong = {text: into for text, into in texts.items() if set(placeholders(text)) != set(placeholders(into))}
    assert not wrong
    assert all(into.strip() for into in texts.values())
    # File filters keep their patterns.
    assert all(into.endswith(text[text.rindex("(*") :]) for text, into in texts.items() if "(*" in text)


def test_chinese_is_written_as_chinese_is() -> None:
    """Full-width punctuation beside Chinese, one space or none at Latin words, and no term in two ways."""
    texts: dict[str, str] = json.loads((_FOLDER / "zh_CN.json").read_text(encoding="utf-8"))
    han = r"[\u4e00-\u9fff]"
    odd = re.compile(rf"{han}[,;:!?]|{han}\.(?!\w)|[,;!?]{han}|{han}  |！|登陆|帐号|标籤|您|点击")
    assert not {text: into for text, into in texts.items() if odd.search(into)}


def test_every_text_that_a_person_reads_is_marked() -> None:
    found = [
        f"{each.file}:{each.line}: {each.text!r}"
        for file, tree in sources()
        if file not in _FILES_WITHOUT_WORDS
        for each in unmarked(tree, file)
        if (each.file, each.text) not in _NOT_TRANSLATED and each.text not in {*_KEYS, *WORDS}
    ]
    assert not found, "\n".join(found)


def test_what_tr_is_given_is_a_literal_or_a_row_of_a_known_table() -> None:
    found = [
        f"{each.file}:{each.line}: tr({each.text})"
        for file, tree in sources()
        for each in dynamic(tree, file)
        if each.text not in _FROM_TABLES
    ]
    assert not found, "\n".join(found)


def test_a_catalogue_is_found_by_language_where_there_is_none_for_the_country() -> None:
    for name in ("zh_CN", "zh", "zh_TW"):
        assert Catalog.read(_FOLDER, QLocale(name)) is not None
    assert Catalog.read(_FOLDER, QLocale("en_GB")) is None
    assert Catalog.read(_FOLDER, QLocale("de")) is None
