"""Labelled answers become rows for the reader: the right passage, and passages that look right and are not. No torch.

A question with an answer gives a row of the passage around it and rows of the best other passages that retrieval finds,
which do not answer it; one that the user said is "not in this document" gives rows of the best passages, none of which
answers it. That is what the reader meets when it is asked: :func:`assistant.tasks.ask.ask` shows it the best passages.
A place that was rejected is among the wrong passages, unless a right answer stands in it; a question of which
rejections alone are known gives no rows, as nobody said what answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from assistant.tasks.ask import answer_key
from assistant.training.examples import (
    DocumentExamples,
    Example,
    Options,
    counting_labels,
    empty_document,
    normalized,
    place_of,
    span_of,
)
from assistant.training.steps import Place
from assistant.types import Document, Label, LabelledDocument, Span

ANSWERED, ABSENT = "ANSWERED", "ABSENT"
"""The two classes of questions, as a result counts them."""
WRONG = 2
"""Passages that do not answer it, beside the right one of a question."""
NOWHERE = 3
"""Passages of a question that has no answer."""
LONGEST = 3000
"""Characters of a row; the passages around an answer that goes over their border are joined up to here."""

Rank = Callable[[Document, Sequence[str]], Sequence[Sequence[Span]]]
"""All passages of a document for each of some questions, best first."""


def answer_examples(
    documents: Iterable[LabelledDocument], rank: Rank, options: Options, check: Callable[[], None]
) -> list[DocumentExamples]:
    """Rows for the reader. Blocks with ``rank``; ``check`` raises to stop."""
    made = []
    for document in documents:
        check()
        labels = counting_labels(document, "answer", options)
        if labels is None:
            continue
        lost = sum(label.lost for label in labels)
        if not document.text:
            made.append(empty_document(document, lost, locked=True))
            continue
        asked: dict[str, list[Label]] = {}
        for label in labels:
            if not label.lost:
                asked.setdefault(normalized(label.value), []).append(label)
        whole = document.as_document()
        questions = [" ".join(rows[-1].value.split()) for rows in asked.values()]
        ranked = rank(whole, questions) if questions else ()
        rows: list[Example] = []
        clashes: list[Place] = []
        too_long: list[Place] = []
        for question, labels_of_it, passages in zip(questions, asked.values(), ranked, strict=True):
            rows += _rows(document, question, labels_of_it, passages, clashes, too_long)
        made.append(
            DocumentExamples(
                document.sha256, document.path, document.title or document.path.name, document.language,
                document.text, tuple(rows), tuple(clashes), tuple(too_long), lost, whole=whole,
            )
        )  # fmt: skip
    return made


def _rows(
    document: LabelledDocument,
    question: str,
    labels: Sequence[Label],
    passages: Sequence[Span],
    clashes: list[Place],
    too_long: list[Place],
) -> list[Example]:
    right = _right(document, labels, clashes)
    nowhere = [label for label in labels if label.verdict == "no" and label.anchor is None]
    absent = bool(nowhere)
    if right and absent:
        # Only an import can say both; the newest of these labels decides, whatever was rejected since.
        clashes += [place_of(document, span_of(label)) for label in right]
        absent = max(label.time for label in nowhere) > max(label.time for label in right)
        right = [] if absent else right
    if not right and not absent:
        return []
    rows: list[Example] = []
    taken: list[Span] = []
    for label in right:
        answer = span_of(label)
        context = _around(answer, passages)
        if len(context) > LONGEST:
            too_long.append(place_of(document, answer))
            continue
        place = ((answer.start - context.start, answer.end - context.start),)
        rows.append(_example(document, question, context, ANSWERED, place))
        taken.append(context)
    if right and not rows:
        return []
    rejected = [span_of(label) for label in labels if label.verdict == "no" and label.anchor is not None]
    wrong = [
        passage for passage in passages
        if not any(passage.overlaps(context) for context in taken)
        and not _says(document.text, passage, right)
    ]  # fmt: skip
    # What the user rejected is the best of the wrong ones.
    wrong.sort(key=lambda passage: not any(passage.overlaps(span) for span in rejected))
    for number, passage in enumerate(wrong[: WRONG if right else NOWHERE]):
        rows.append(_example(document, question, passage, ABSENT if absent and not number else "", ()))
    return rows


def _right(document: LabelledDocument, labels: Sequence[Label], clashes: list[Place]) -> list[Label]:
    """The right answers; of two at one place the newest. Different answers to one question are told as clashes."""
    kept: list[Label] = []
    for label in sorted((row for row in labels if row.verdict == "yes" and row.anchor), key=lambda row: -row.time):
        if not any(span_of(label).overlaps(span_of(other)) for other in kept):
            kept.append(label)
        elif all(span_of(label) != span_of(other) for other in kept):
            clashes.append(place_of(document, span_of(label)))
    kept.sort(key=lambda label: span_of(label).start)
    if len({answer_key(span_of(label).of(document.text)) for label in kept}) > 1:
        clashes += [place_of(document, span_of(label)) for label in kept]
    return kept


def _around(answer: Span, passages: Sequence[Span]) -> Span:
    """The passages that an answer stands in, joined; the answer itself where none does."""
    touched = [passage for passage in passages if passage.overlaps(answer)]
    return Span(
        min([answer.start, *(passage.start for passage in touched)]),
        max([answer.end, *(passage.end for passage in touched)]),
    )


def _says(text: str, passage: Span, right: Sequence[Label]) -> bool:
    """Whether the words of an answer stand in a passage as well: then it may answer the question, too."""
    words = passage.of(text).casefold()
    return any(span_of(label).of(text).casefold() in words for label in right)


def _example(
    document: LabelledDocument, question: str, context: Span, label: str, answers: tuple[tuple[int, int], ...]
) -> Example:
    return Example(
        f"{document.sha256[:16]}/{context.start}", document.sha256, context.start, context.of(document.text),
        label=label, question=question, answers=answers,
    )  # fmt: skip


def held_questions(item: DocumentExamples) -> list[dict[str, Any]]:
    """What is asked of a held-out document, and where its answers stand: rows of the file of held-out examples."""
    asked: dict[str, list[Example]] = {}
    for row in item.rows:
        asked.setdefault(row.question, []).append(row)
    return [
        {
            "document": item.document, "path": str(item.path), "title": item.title, "start": 0, "text": question,
            "entities": [
                [row.start + start, row.start + end, ANSWERED] for row in rows for start, end in row.answers
            ],
            "ignored": [], "marks": [], "label": next((row.label for row in rows if row.label), ABSENT),
        }
        for question, rows in asked.items()
    ]  # fmt: skip


def answer_row(item: DocumentExamples, row: Example, split: str) -> dict[str, Any]:
    """A row as :func:`assistant.training.dataset.read_answers` takes it."""
    return {
        "id": row.id, "split": split, "lang": item.language, "source": "labels", "title": item.document[:16],
        "context": row.text, "question": row.question,
        "answers": [{"start": start, "text": row.text[start:end]} for start, end in row.answers],
    }  # fmt: skip


def without_questions(rows: Sequence[Example], classes: frozenset[str]) -> list[Example]:
    """The rows without the questions of some classes, whose wrong passages go as well."""
    out = {row.question for row in rows if row.label in classes}
    return [row for row in rows if row.question not in out]
