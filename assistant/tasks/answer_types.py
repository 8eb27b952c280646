"""Does an answer look like what the question asks for? A small prior over the reader's spans.

Question words ask for kinds of answers (Li & Roth 2002, "Learning question classifiers"): "who" for a name, "when" for
a time, "how much" for a number. A span that is no such thing counts less; nothing is ruled out.
"""

from __future__ import annotations

import re
from typing import Final

_KINDS: Final = (
    (
        "name",
        r"^\W*(?:who|whom|whose)\b|\bwh(?:ich|at) (?:person|company|party|parties|court|bank)\b|谁|哪家|哪位",
    ),
    (
        "time",
        r"^\W*(?:when|since when|until when)\b|\bwh(?:ich|at) (?:date|day|year|month)\b|什么时候|何时|哪天|哪年|日期",
    ),
    ("number", r"^\W*how (?:much|many|long|often|large|high|old)\b|多少|多久|多长|几[个天年月次]"),
)
_ASKS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_PRONOUNS: Final = (
    "a an the this that these those it its he she they them we you i who which what neither either both each every all "
    "any none one other such there here and or not no yes"
)
_EMPTY: Final = frozenset(_PRONOUNS.split())
_CAPITAL: Final = re.compile(r"[^\W\d_a-z]\w|[\u3400-\u9fff]{2}")
_NUMBER: Final = re.compile(
    r"\d|[〇零一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|half|double|daily|weekly|monthly|"
    r"quarterly|annual(?:ly)?|yearly|once|twice)\b",
    re.I,
)
_TIME: Final = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|day|week|month|quarter|year|spring|summer|autumn|winter|morning|evening|night|today|"
    r"immediately|daily|weekly|monthly|quarterly|annually|receipt|signature|after|before|upon)s?\b|[年月日天周季初末前后内]",
    re.I,
)
_LOOKS: Final = {"name": _CAPITAL, "time": _TIME, "number": _NUMBER}

UNLIKE: Final = 0.5
"""What a span is worth that is not of the kind asked for."""
EMPTY: Final = 0.25
"""What a span of pronouns and articles alone is worth."""


def likeness(question: str, answer: str) -> float:
    """Factor in (0, 1] for the answer's probability."""
    words = re.findall(r"\w+", answer.casefold())
    if words and all(word in _EMPTY for word in words):
        return EMPTY
    for kind, pattern in _ASKS:
        if pattern.search(question):
            # A capital at the sentence's start is no name: "The client" is none, "The Hague" is one.
            bare = re.sub(r"^(?:the|a|an|each|any|no|such|either|neither|both)\s+", "", answer.strip(), flags=re.I)
            return 1.0 if _LOOKS[kind].search(bare) else UNLIKE
    return 1.0
