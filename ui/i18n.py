"""Words. Every text that a person reads goes through :func:`tr`, so that a translation is one JSON file.

``resources/translations/LANGUAGE.json`` maps the English text (with its ``{placeholders}``) to the translated
one. The catalogue is a :class:`QTranslator` installed on the application, so Qt's own dialogs follow as well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

from assistant.errors import MESSAGES, DocentError, Param

_log = logging.getLogger(__name__)
_CONTEXT = "docent"

_STAGES: dict[str, str] = {
    "opening": "Opening",
    "reading": "Reading pages",
    "layout": "Laying out",
    "scans": "Reading scans",
    "entities": "Finding entities",
    "rules": "Finding entities",
    "indexing": "Reading for meaning",
    "summary": "Summarizing",
    "classification": "Finding the document type",
    "retrieval": "Searching passages",
    "answering": "Answering",
    "loading": "Loading the model",
    "training": "Training",
}

_LABELS: dict[str, tuple[str, str]] = {
    "PERSON": ("Person", "People"),
    "ORGANIZATION": ("Organization", "Organizations"),
    "LOCATION": ("Place", "Places"),
    "DATE": ("Date", "Dates"),
    "MONEY": ("Amount", "Amounts"),
    "PERCENT": ("Percentage", "Percentages"),
    "EMAIL": ("E-mail address", "E-mail addresses"),
    "URL": ("Web address", "Web addresses"),
    "PHONE": ("Phone number", "Phone numbers"),
    "IDENTIFIER": ("Identifier", "Identifiers"),
    "EVENT": ("Event", "Events"),
    "PRODUCT": ("Product", "Products"),
    "WORK": ("Work", "Works"),
    "MISC": ("Other", "Other"),
}


def tr(text: str, /, **params: Param | float) -> str:
    """The text in the user's language with its placeholders filled in."""
    translated = QCoreApplication.translate(_CONTEXT, text)
    return translated.format(**params) if params else translated


def count(number: int, one: str, many: str, /, **params: Param | float) -> str:
    """``one`` or ``many`` with ``{n}`` filled in, grouped in thousands."""
    return tr(one if number == 1 else many, n=number_text(number), **params)


def number_text(number: int) -> str:
    return _locale().toString(number)


def code_message(code: str, params: Mapping[str, Param] | tuple[tuple[str, Param], ...] = ()) -> str:
    """The sentence of an engine code (errors and notices). An unknown code shows as itself."""
    template = MESSAGES.get(code)
    return code if template is None else tr(template).format_map(_Forgiving(dict(params)))


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
    def read(cls, folder: Path, language: str, parent: QObject | None = None) -> Catalog | None:
        """The catalogue of ``language`` in ``folder``; None where there is none, or it cannot be read."""
        path = folder / f"{language}.json"
        if not path.is_file():
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
