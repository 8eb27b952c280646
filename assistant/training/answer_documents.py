"""Whole documents made of the rows of question answering files, with the questions that are asked of them.

A file of answers has a paragraph for each question; a reader of documents has to find the paragraph first. Paragraphs
are grouped by article (``title``), short articles are pooled, and each question keeps the places of its answers in the
document's text. Questions that a document cannot answer are those that the file says its paragraph does not answer
("hard": about the very subject) and those of other documents ("other").
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.tasks.plain import plain_document
from assistant.training.dataset import AnswerRow
from assistant.types import Document, Span

Kind = Literal["answerable", "hard", "other"]


@dataclass(frozen=True, slots=True)
class Article:
    """One title with its paragraphs, in the file's order, and the questions on them."""

    title: str
    contexts: tuple[str, ...]
    rows: tuple[AnswerRow, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.contexts))


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a document; ``answers`` are the places of the annotated answers, none where it has none."""

    text: str
    lang: str
    source: str
    kind: Kind
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AskedDocument:
    document: Document
    questions: tuple[Question, ...]


def articles_of(rows: Iterable[AnswerRow]) -> list[Article]:
    """The articles of a file, in order; a paragraph that comes again is taken once."""
    by_title: dict[str, list[AnswerRow]] = {}
    for row in rows:
        by_title.setdefault(row.title, []).append(row)
    return [
        Article(title, tuple(dict.fromkeys(row.context for row in some)), tuple(some))
        for title, some in by_title.items()
    ]


def pooled(articles: Sequence[Article], characters: int) -> list[tuple[Article, ...]]:
    """Neighbouring articles joined until each group has at least ``characters`` (the last one may have less).

    An article that is far longer than that is cut into several between its paragraphs.
    """
    groups: list[tuple[Article, ...]] = []
    some: list[Article] = []
    for article in (part for whole in articles for part in _parts(whole, 3 * characters)):
        some.append(article)
        if sum(item.size for item in some) >= characters:
            groups.append(tuple(some))
            some = []
    if some:
        if groups and sum(item.size for item in some) < characters // 2:
            groups[-1] += tuple(some)
        else:
            groups.append(tuple(some))
    return groups


def _parts(article: Article, characters: int) -> list[Article]:
    parts: list[list[str]] = [[]]
    for context in article.contexts:
        if sum(map(len, parts[-1])) >= characters:
            parts.append([])
        parts[-1].append(context)
    found = []
    for contexts in parts:
        inside = set(contexts)
        rows = tuple(row for row in article.rows if row.context in inside)
        found.append(Article(article.title, tuple(contexts), rows))
    return found


def asked_of_text(group: Sequence[Article], lang: str) -> AskedDocument:
    """A document of bare text (titles as headings, one page) with all the questions of its own articles."""
    text, places = "", {}
    for article in group:
        text += f"{article.title}\n\n"
        for context in article.contexts:
            places[context] = len(text)
            text += f"{context}\n\n"
    document = plain_document(text, lang, group[0].title)
    return AskedDocument(document, questions_of(group, places))


def questions_of(group: Sequence[Article], places: dict[str, int]) -> tuple[Question, ...]:
    """Their questions, for paragraphs that stand word for word at ``places`` of a text."""
    return tuple(
        Question(
            row.question,
            row.lang,
            row.source,
            "answerable" if row.answers else "hard",
            tuple(Span(places[row.context] + at, places[row.context] + at + len(text)) for at, text in row.answers),
        )
        for article in group
        for row in article.rows
        if row.context in places
    )


def with_questions_of_others(
    documents: Sequence[AskedDocument], answerable: int, hard: int, other: int, seed: int
) -> list[AskedDocument]:
    """At most so many questions of each kind for each document, drawn with ``seed``; others' in the same language.

    A question of another document is taken from one that shares no title with this one.
    """
    draw = random.Random(seed)
    result = []
    for number, item in enumerate(documents):
        own = {kind: [q for q in item.questions if q.kind == kind] for kind in ("answerable", "hard")}
        lang = item.questions[0].lang if item.questions else item.document.language
        elsewhere = [
            Question(q.text, q.lang, q.source, "other", ())
            for place, some in enumerate(documents)
            if place != number and some.document.title != item.document.title
            for q in some.questions
            if q.kind == "answerable" and q.lang == lang
        ]
        chosen = [
            *draw.sample(own["answerable"], min(answerable, len(own["answerable"]))),
            *draw.sample(own["hard"], min(hard, len(own["hard"]))),
            *draw.sample(elsewhere, min(other, len(elsewhere))),
        ]
        result.append(AskedDocument(item.document, tuple(chosen)))
    return result
