"""Names of months in the languages that documents come in, from the CLDR through babel."""

from __future__ import annotations

import functools
from typing import Final

from babel import Locale
from babel.dates import get_month_names

LANGUAGES: Final = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ru", "uk", "ro", "hu", "el", "tr",
    "ca",
)  # fmt: skip
# Usual short forms that the CLDR does not list.
_MORE: Final[dict[str, dict[str, int]]] = {
    "en": {"sept": 9, "sep": 9, "jan": 1, "june": 6, "july": 7},
    "de": {"jänner": 1, "feber": 2, "mär": 3, "märz": 3, "okt": 10, "dez": 12, "jan": 1, "feb": 2, "apr": 4, "aug": 8,
           "sep": 9, "sept": 9, "nov": 11, "juni": 6, "juli": 7},
    "fr": {"fev": 2, "fevrier": 2, "aout": 8, "decembre": 12, "sept": 9},
    "es": {"setiembre": 9},
    "pt": {"marco": 3},
}  # fmt: skip


@functools.cache
def month_names(language: str) -> dict[str, int]:
    """Lower-case name, without a final full stop, to the month's number.

    Full names of all :data:`LANGUAGES`; short ones (``out``, ``set``, ``ago`` are words elsewhere) of ``language`` and
    of English only.
    """
    names: dict[str, int] = {}
    for code in LANGUAGES:
        own = code in (language, "en")
        for width in ("wide", "abbreviated") if own else ("wide",):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, Locale.parse(code)).items():
                    cleaned = name.lower().rstrip(".")
                    # Short full names of other languages ("mai", "maj", "mars") are as safe as long ones: a day or a
                    # year must stand beside them.
                    if len(cleaned) >= 3 and not cleaned.isdigit():
                        names.setdefault(cleaned, number)
    for code, more in _MORE.items():
        if code in (language, "en") or language == "und":
            names.update(more)
    names.update(_own(language))
    return names


@functools.cache
def _own(language: str) -> dict[str, int]:
    """Names of this language alone: they win where two languages use one name for two months (``listopad``)."""
    if language not in LANGUAGES:
        return {}
    own: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, "format", Locale.parse(language)).items():
            cleaned = name.lower().rstrip(".")
            if len(cleaned) >= 3 and not cleaned.isdigit():
                own[cleaned] = number
    return own
