"""The main language of a text: by its script where that decides, by py3langid's Naive Bayes otherwise.

Source of the classifier: Lui & Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012.
"""

from __future__ import annotations

import functools
import re
from typing import Final, Protocol, cast

_SAMPLE: Final = 900
_PLACES: Final = 6
_LEAST_LETTERS: Final = 12
_LEAST_PROBABILITY: Final = 0.45

_SCRIPTS: Final = {
    "kana": re.compile(r"[\u3040-\u30fa\u30fc-\u30ff\uff66-\uff9f]"),
    "han": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "hangul": re.compile(r"[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff]"),
    "devanagari": re.compile(r"[\u0904-\u0939\u0958-\u0961]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "thai": re.compile(r"[\u0e01-\u0e4e]"),
    "georgian": re.compile(r"[\u10a0-\u10ff]"),
    "armenian": re.compile(r"[\u0531-\u0587]"),
    "bengali": re.compile(r"[\u0980-\u09ff]"),
    "tamil": re.compile(r"[\u0b80-\u0bff]"),
    "telugu": re.compile(r"[\u0c00-\u0c7f]"),
}
# A Chinese character says about as much as three letters.
_WEIGHT: Final = {"han": 3, "kana": 2, "hangul": 2}
_BY_SCRIPT: Final = {
    "hangul": "ko",
    "greek": "el",
    "hebrew": "he",
    "thai": "th",
    "georgian": "ka",
    "armenian": "hy",
    "bengali": "bn",
    "tamil": "ta",
    "telugu": "te",
}


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Several languages share these scripts. Rare ones are left out: on real documents they are nearly always mistakes.
_CANDIDATES: Final = {
    "latin": _codes(
        "en de fr es it pt nl sv da no nn fi is pl cs sk sl hr hu ro et lv lt tr ca gl eu ga cy sq mt id ms vi"
    ),
    "cyrillic": _codes("ru uk bg sr mk be kk ky mn"),
    "arabic": _codes("ar fa ur ps"),
    "devanagari": _codes("hi mr ne"),
}
_DEFAULT: Final = {"cyrillic": "ru", "arabic": "ar", "devanagari": "hi"}


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


def detect_language(text: str) -> str:
    """ISO 639-1 code of the main language, or ``und`` where there is too little to tell.

    Long texts are sampled at several places, so the cost is bounded (about 10 ms; the first call that needs the
    classifier loads it, 0.2 s). Thread-safe.
    """
    sample = _sample(text)
    counts = {name: len(pattern.findall(sample)) * _WEIGHT.get(name, 1) for name, pattern in _SCRIPTS.items()}
    total = sum(counts.values())
    if not total:
        return "und"
    east_asian = counts["han"] + counts["kana"]
    script = max(counts, key=lambda name: counts[name])
    if script in ("han", "kana") or east_asian > total // 2:
        # Kana share: Japanese prose has far more than a tenth, Chinese has none but for a borrowed の.
        return "ja" if counts["kana"] * 12 > east_asian else "zh"
    if script in _BY_SCRIPT:
        return _BY_SCRIPT[script]
    return _classify(sample, script, counts[script])


def _classify(sample: str, script: str, letters: int) -> str:
    default = _DEFAULT.get(script, "und")
    if letters < _LEAST_LETTERS:
        return default
    allowed = _CANDIDATES[script]
    ranked = [(language, score) for language, score in _identifier().rank(sample) if language in allowed]
    total = sum(score for _, score in ranked)
    if not ranked or total <= 0 or ranked[0][1] / total < _LEAST_PROBABILITY:
        return default
    return "no" if ranked[0][0] == "nn" else ranked[0][0]


def _sample(text: str) -> str:
    """The text, or pieces of it from its beginning to its end."""
    if len(text) <= _SAMPLE * _PLACES:
        return text
    step = (len(text) - _SAMPLE) // (_PLACES - 1)
    return "\n".join(text[place * step : place * step + _SAMPLE] for place in range(_PLACES))


@functools.cache
def _identifier() -> _Identifier:
    """The classifier, loaded on first use; read-only afterwards, so threads may share it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(_Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
