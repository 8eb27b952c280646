"""Questions to start with, made of a document's own type, entities and headings, in its language.

Only those are worth showing that the document answers; who asks them before they are shown is
:meth:`assistant.further.Further.suggest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from assistant.types import Answer, Answers, Document, Entities, Span

SURE = 0.6
"""The least probability of an answer for its question to be shown: "likely" in the window's words."""
WANTED = 4
TRIED = 12
"""Candidates that are asked before it is given up: each costs a run of the reader."""
_LONGEST = 48
"""Code points of a heading or name in a question."""

_ANY = {"en": ("Who wrote it?", "What is the purpose of this document?"), "zh": ("谁写的？", "这份文件的目的是什么？")}
_BY_TYPE: dict[str, dict[str, tuple[str, ...]]] = {
    "contract": {
        "en": (
            "Who are the parties?",
            "Which law governs the agreement?",
            "When does the agreement start?",
            "How long is the notice period?",
            "What is the annual fee?",
            "What interest is paid on overdue amounts?",
        ),
        "zh": (
            "合同双方是谁？",
            "合同总价是多少？",
            "合同适用什么法律？",
            "质量保证期是多长？",
            "何时交货？",
            "增值税税率是多少？",
        ),
    },
    "invoice": {
        "en": ("What is the total amount?", "When is it due?", "Who is the seller?"),
        "zh": ("总金额是多少？", "何时付款？", "卖方是谁？"),
    },
    "scientific_paper": {
        "en": ("What is the main result?", "Which data were used?", "Which method is proposed?"),
        "zh": ("主要结论是什么？", "使用了哪些数据？", "提出了什么方法？"),
    },
    "report": {
        "en": ("How did revenue develop?", "What is recommended?", "What is expected for next year?"),
        "zh": ("收入如何变化？", "有哪些建议？", "对明年有什么预期？"),
    },
    "letter": {"en": ("Who is it from?", "What is asked for?"), "zh": ("是谁写的？", "有什么请求？")},
    "email": {"en": ("Who is it from?", "What is asked for?"), "zh": ("是谁发的？", "有什么请求？")},
    "minutes": {"en": ("What was decided?", "Who was present?"), "zh": ("作出了哪些决定？", "谁出席了？")},
    "news": {"en": ("What happened?", "Where did it happen?"), "zh": ("发生了什么？", "发生在哪里？")},
}
_ABOUT: dict[str, dict[str, str]] = {
    "PERSON": {"en": "Who is {name}?", "zh": "{name}是谁？"},
    "ORGANIZATION": {"en": "What does {name} do?", "zh": "{name}做什么？"},
    "MONEY": {"en": "What is {name} paid for?", "zh": "{name}是什么款项？"},
    "DATE": {"en": "What happens on {name}?", "zh": "{name}发生什么？"},
    "EVENT": {"en": "What happened at {name}?", "zh": "{name}发生了什么？"},
    "PRODUCT": {"en": "What is {name}?", "zh": "{name}是什么？"},
}
_HEADING = {"en": "What does it say about {name}?", "zh": "关于{name}有什么规定？"}
_NO_SUBJECT = frozenset({"contents", "table of contents", "signatures", "目录", "其他", "签署"})
_NUMBERED = re.compile(
    r"\A(?:(?:article|section|chapter|part|schedule|annex|§)\s*)?[\dIVXivx]+(?:\.\d+)*[.):]?\s+"
    r"|\A第[一二三四五六七八九十百\d]+[条章节部]\s*|\A[一二三四五六七八九十]+[、.．]\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that the document might answer."""

    question: str
    section: Span | None = None
    """Where its answer has to be: under the heading that it is made of."""


def candidates(document: Document, label: str | None, found: Entities | None) -> tuple[Candidate, ...]:
    """Questions that the document might answer, by turns from its type, its entities and its headings."""
    language = document.language if document.language in _ANY else "en"
    typed = (Candidate(question) for question in _BY_TYPE.get(label or "", _ANY)[language])
    turns = zip_longest(typed, _of_entities(found, language), _of_headings(document, language))
    asked = {item.question: item for item in chain.from_iterable(turns) if item is not None}
    return tuple(asked.values())[:TRIED]


def is_worth_showing(answers: Answers, shown: Sequence[Answers], section: Span | None = None) -> bool:
    """Whether a question has an answer that the reader is sure of, and that no other question gives already."""
    answer = answers.answer
    if answer is None or answer.score < SURE:
        return False
    if section is not None and not section.contains(answer.span):
        return False
    asked = answers.question.casefold()
    if sum(3 if "\u3040" <= char <= "\u9fff" else 1 for char in answer.text) < 4:
        # "Dr" is nobody.
        return False
    # "Who is Jane Doe?" is not answered by "Jane Doe".
    if answer.text.casefold().strip() in asked:
        return False
    return not any(_same(answer, other.answer) for other in shown)


def _same(answer: Answer, other: Answer | None) -> bool:
    return other is not None and (answer.span.overlaps(other.span) or answer.text.casefold() == other.text.casefold())


def _of_entities(found: Entities | None, language: str) -> Iterator[Candidate]:
    entities = sorted(found.entities if found is not None else (), key=lambda item: -len(item.mentions))
    seen: dict[str, int] = {}
    for entity in entities:
        form = _ABOUT.get(entity.label)
        # Two of a kind are enough, and what is unsure is not to be asked about.
        if form is None or seen.get(entity.label, 0) >= 2 or entity.score < 0.8 or len(entity.name) > _LONGEST:
            continue
        seen[entity.label] = seen.get(entity.label, 0) + 1
        yield Candidate(form[language].format(name=" ".join(entity.name.split())))


def _of_headings(document: Document, language: str) -> Iterator[Candidate]:
    title = document.title.casefold().strip()
    headings = [block for block in document.blocks if block.kind == "heading"]
    ends = [*(item.span.start for item in headings[1:]), len(document.text)]
    # Without headings there is one end too many.
    for block, end in zip(headings, ends, strict=False):
        name = _NUMBERED.sub("", " ".join(block.span.of(document.text).split())).strip(" .:：")
        # What is filled in ("Seller: Acme Ltd") is no subject.
        if name.casefold() in _NO_SUBJECT or ":" in name or "：" in name or re.search(r"\d{3}", name):
            continue
        if 2 < len(name) <= _LONGEST and name.casefold() not in title and not name.endswith("?"):
            shown = name if language == "zh" else name[:1].lower() + name[1:] if not name.isupper() else name.lower()
            yield Candidate(_HEADING[language].format(name=shown), Span(block.span.end, end))
