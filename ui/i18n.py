"""Words. Every text that a person reads goes through :func:`tr`, so that a translation is one JSON file.

``resources/translations/LOCALE.json`` maps the English text (with its ``{placeholders}``) to the translated one;
where English has two forms, that of the plural is the key. The catalogue is a :class:`QTranslator` installed on the
application, beside Qt's own for Qt's dialogs. It is JSON and not Qt Linguist's .ts and .qm because half of the words
are not in the window's code: the engine's messages, the settings and the names of languages are tables, which a test
reads as well as the code; nothing is compiled, and a missing word fails that test (``tests/ui/test_words.py``).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

from assistant.errors import MESSAGES, DocentError, Param

_log = logging.getLogger(__name__)
_CONTEXT = "docent"
_GROUPED = 10_000


def _(text: str) -> str:
    """Marks a text of a table for translation; :func:`tr` translates it where it is shown."""
    return text


_STAGES: dict[str, str] = {
    "opening": _("Opening"),
    "reading": _("Reading pages"),
    "layout": _("Laying out"),
    "scans": _("Reading scans"),
    "entities": _("Finding entities"),
    "rules": _("Finding entities"),
    "indexing": _("Reading for meaning"),
    "summary": _("Summarizing"),
    "classification": _("Finding the document type"),
    "retrieval": _("Searching passages"),
    "answering": _("Answering"),
    "loading": _("Loading the model"),
    "training": _("Training"),
    "preparing": _("Preparing"),
    "exporting": _("Writing the model"),
    "export": _("Exporting"),
    "print": _("Printing"),
    "evaluating": _("Comparing on held-out documents"),
}

_LABELS: dict[str, tuple[str, str]] = {
    "PERSON": (_("Person"), _("People")),
    "ORGANIZATION": (_("Organization"), _("Organizations")),
    "LOCATION": (_("Place"), _("Places")),
    "DATE": (_("Date"), _("Dates")),
    "MONEY": (_("Amount"), _("Amounts")),
    "PERCENT": (_("Percentage"), _("Percentages")),
    "EMAIL": (_("E-mail address"), _("E-mail addresses")),
    "URL": (_("Web address"), _("Web addresses")),
    "PHONE": (_("Phone number"), _("Phone numbers")),
    "IDENTIFIER": (_("Identifier"), _("Identifiers")),
    "EVENT": (_("Event"), _("Events")),
    "PRODUCT": (_("Product"), _("Products")),
    "WORK": (_("Work"), _("Works")),
    "MISC": (_("Other"), _("Other")),
}


WORDS: tuple[str, ...] = (
    # What a rule finds: the names after "rule:".
    "email", "url", "phone", "date", "money", "percent", "announced number",
    # Why the provider is not a better one.
    "the last probe of CUDA did not end", "a session fell back to the CPU",
    "this build of ONNX Runtime does not have it", "it could not be started (no driver or no device)",
    "it computes wrongly",
    # Parameters of messages.
    "pages", "million characters", "million characters of long texts", "cells", "labels", "message text", "attachment",
    # Tasks.
    "entities", "summary", "answers", "classification", "embeddings",
    # Formats.
    "pictures (PNG, JPEG, TIFF, WebP, BMP, GIF, HEIC)", "OpenDocument (ODT, ODS, ODP)", "FictionBook (FB2)",
    "Outlook message (MSG)", "old Word (DOC)", "old Excel (XLS)", "old PowerPoint (PPT)", "saved web page (MHTML)",
    "mail (EML)", "plain text", "encrypted Office files",
)  # fmt: skip
"""Words that the engine gives and :func:`word` translates."""

_WORD_PARAMS = frozenset({"expected", "found", "kind", "unit", "why", "task"})
_LIST_PARAMS = frozenset({"formats"})
_LIST_BREAK = re.compile(r", (?![^(]*\))| and ")


def tr(text: str, /, **params: Param | float) -> str:
    """The text in the user's language with its placeholders filled in."""
    translated = QCoreApplication.translate(_CONTEXT, text)
    return translated.format(**params) if params else translated


def count(number: int, one: str, many: str, /, **params: Param | float) -> str:
    """``one`` or ``many`` (Chinese has one form for both) with ``{n}`` filled in, grouped in thousands."""
    translated = QCoreApplication.translate(_CONTEXT, many, None, number)
    if translated == many and number == 1:
        translated = one
    return translated.format(n=number_text(number), **params)


def word(text: str) -> str:
    """One of :data:`WORDS` in the user's language; anything else as it is."""
    return tr(text) if text in WORDS else text


def number_text(number: int) -> str:
    return _locale().toString(number)


def code_message(code: str, params: Mapping[str, Param] | tuple[tuple[str, Param], ...] = ()) -> str:
    """The sentence of an engine code (errors and notices). An unknown code shows as itself."""
    template = MESSAGES.get(code)
    if template is None:
        return code
    return tr(template).format_map(_Forgiving({name: _param(name, value) for name, value in dict(params).items()}))


def _param(name: str, value: Param) -> Param:
    if isinstance(value, int):
        # A year or a page is never so large; a limit of 1,000,000 cells is.
        return number_text(value) if abs(value) >= _GROUPED else value
    if name in _WORD_PARAMS:
        return word(value)
    return list_text(value) if name in _LIST_PARAMS else value


def list_text(text: str) -> str:
    """An English enumeration ("PDF, CSV and plain text") as the language writes one."""
    if _locale().language() == QLocale.Language.English:
        return text
    return _locale().createSeparatedList([word(part) for part in _LIST_BREAK.split(text)])


def error_message(error: BaseException) -> str:
    """One sentence for people. What is not the engine's own error is a bug and named as such."""
    if isinstance(error, DocentError):
        return code_message(error.code, error.params)
    return tr("Something went wrong inside Docent ({kind}).", kind=type(error).__name__)


def stage_name(stage: str) -> str:
    """What running work does now, in words."""
    return tr(_STAGES.get(stage, stage.replace("_", " ").capitalize()))


def label_name(label: str, *, plural: bool = False) -> str:
    """The name of an entity type. Types of the user's own are their own name."""
    names = _LABELS.get(label)
    if names is None:
        return label.replace("_", " ").capitalize()
    return tr(names[1] if plural else names[0])


def certainty(score: float) -> str:
    """The word that goes with every score: certain, likely or unsure."""
    if score >= 0.85:
        return tr("certain")
    return tr("likely") if score >= 0.6 else tr("unsure")


def language_name(code: str) -> str:
    """The language of a document by its ISO 639-1 code."""
    if code in ("", "und"):
        return tr("Unknown language")
    locale = QLocale(code)
    if locale.language() == QLocale.Language.C:
        return code
    return tr(QLocale.languageToString(locale.language()))


def seconds_text(seconds: float) -> str:
    """``3.1 s``, ``2 min 41 s``."""
    if seconds < 60:
        return tr("{seconds} s", seconds=_locale().toString(max(seconds, 0.0), "f", 1))
    minutes, rest = divmod(round(seconds), 60)
    return tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)


def _locale() -> QLocale:
    locale = QLocale()
    return QLocale(QLocale.Language.English) if locale.language() == QLocale.Language.C else locale


class Catalog(QTranslator):
    """The translations of one language."""

    def __init__(self, texts: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts = dict(texts)

    @classmethod
    def read(cls, folder: Path, locale: QLocale, parent: QObject | None = None) -> Catalog | None:
        """The catalogue for ``locale`` in ``folder``: its own, or that of another country with its language.

        None where there is none, or it cannot be read.
        """
        language = locale.name().partition("_")[0]
        found = [folder / f"{locale.name()}.json", *sorted(folder.glob(f"{language}_*.json"))]
        path = next((each for each in found if each.is_file()), None)
        if path is None:
            return None
        try:
            texts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            _log.warning("translation %s cannot be read", path.name, exc_info=True)
            return None
        return cls({str(key): str(value) for key, value in texts.items()}, parent)

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        # None is Qt's null string, "look further"; an empty string would be taken for the translation.
        return cast(str, self._texts.get(source) if context == _CONTEXT else None)

    def isEmpty(self) -> bool:
        return not self._texts


class _Forgiving(dict[str, Param]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
