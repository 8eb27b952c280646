"""Labels become training rows: what the user looked at, with what was not judged there masked. No torch.

Entities: a row is a sentence (or the run of sentences that one label spans). The user looked at a sentence where it has
a label of theirs, or where it stands between two such sentences not far from each other. There, for the labels that
they used in this document (the row's *marks*), what is not labelled is none; a suggestion of the current model that
was neither accepted nor rejected is masked, for nobody said whether it is right. For all other labels the row says
nothing (partial labels; :class:`assistant.training.objectives.EntityObjective`), so training takes what the current
model finds of them, which it is to go on finding (Monaikul et al. 2021, "Continual learning for named entity
recognition"); tests do not. A document whose labels were imported
counts as looked at as a whole.

Types: a row is a document. Answers: :mod:`assistant.training.answer_examples`; summaries:
:mod:`assistant.training.summary_examples`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from assistant.documents.segment import sentences
from assistant.training.steps import Place
from assistant.types import Document, Label, LabelledDocument, Mention, Span

NEAR = 8
"""Sentences between two labelled ones of which the user saw what stands between."""
LONGEST = 1200
"""Characters of a row; a label that needs more is left out."""
RULED = frozenset({"DATE", "MONEY", "PERCENT", "EMAIL", "URL", "PHONE", "IDENTIFIER"})
"""Labels that rules find: a confirmed rule teaches a model nothing."""

Suggest = Callable[[LabelledDocument], Sequence[Mention]]
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Example:
    """A row for the trainer. Offsets of ``entities`` ``(start, end, label)`` and ``ignored`` are of ``text``."""

    id: str
    document: str
    start: int
    """Where ``text`` begins in the document's."""
    text: str
    entities: tuple[tuple[int, int, str], ...] = ()
    ignored: tuple[tuple[int, int], ...] = ()
    marks: frozenset[str] = frozenset()
    run: int = 0
    """Neighbouring sentences have the same."""
    kept: tuple[tuple[int, int, str], ...] = ()
    """What the current model says of labels that are not marked; a new model is to go on saying it."""
    label: str = ""
    """Types: the document's; answers: the class of the question, in one row of each; else empty."""
    question: str = ""
    """Answers: what is asked of ``text``."""
    answers: tuple[tuple[int, int], ...] = ()
    """Answers: places in ``text``; none where it does not answer."""
    reference: str = ""
    """Summaries: the reference summary."""

    @property
    def key(self) -> str:
        """What makes two rows the same for the checks."""
        return normalized(f"{self.question}\n{self.text}")


@dataclass(frozen=True, slots=True)
class DocumentExamples:
    """A document's rows, and what was found wrong with its labels."""

    document: str
    path: Path
    title: str
    language: str
    text: str
    rows: tuple[Example, ...]
    contradictions: tuple[Place, ...] = ()
    too_long: tuple[Place, ...] = ()
    lost: int = 0
    locked: bool = False
    """Its text is not kept, because it opens with a password only."""
    whole: Document | None = None
    """Answers and summaries: the document itself."""

    def counts(self) -> dict[str, int]:
        """Labels by class."""
        found: dict[str, int] = {}
        for row in self.rows:
            for label in [label for _, _, label in row.entities] + ([row.label] if row.label else []):
                found[label] = found.get(label, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class Options:
    """Which labels count."""

    documents: frozenset[str] | None = None
    without: frozenset[str] = field(default_factory=frozenset)
    """Ids of labels that do not count."""


def entity_examples(
    documents: Iterable[LabelledDocument], suggest: Suggest | None, options: Options, check: Callable[[], None]
) -> list[DocumentExamples]:
    """Rows for the entity model. ``suggest`` gives the current model's mentions of a document; blocks with it."""
    made = []
    for document in documents:
        check()
        labels = counting_labels(document, "entity", options)
        if labels is None:
            continue
        placed = [label for label in labels if label.anchor is not None and not label.lost]
        lost = sum(label.lost for label in labels)
        if not document.text:
            made.append(empty_document(document, lost, locked=True))
            continue
        taught = [label for label in placed if label.value not in RULED or not label.origin.startswith("confirmed:")]
        yes, clashes = _without_overlaps(document, [label for label in taught if label.verdict == "yes"])
        marks = frozenset(label.value for label in taught)
        whole = any(label.origin.startswith("import:") for label in labels)
        mentions = () if suggest is None or not taught else suggest(document)
        rows, too_long = _rows(document, yes, taught, mentions, marks, whole, _left_out(document, options))
        made.append(
            DocumentExamples(
                document.sha256, document.path, document.title or document.path.name, document.language,
                document.text, tuple(rows), tuple(clashes), tuple(too_long), lost,
            )
        )  # fmt: skip
    return made


def type_examples(
    documents: Iterable[LabelledDocument], options: Options, check: Callable[[], None]
) -> list[DocumentExamples]:
    """Rows for the model of document types: the document's text and its last type."""
    made = []
    for document in documents:
        check()
        labels = [label for label in counting_labels(document, "type", options) or () if label.verdict == "yes"]
        if not labels:
            continue
        if not document.text:
            made.append(empty_document(document, 0, locked=True))
            continue
        last = max(labels, key=lambda label: label.time)
        clashes = tuple(
            Place(document.sha256, document.path, document.title, 0, 0, label.value)
            for label in labels
            if len({label.value for label in labels}) > 1
        )
        row = Example(document.sha256[:16], document.sha256, 0, document.text, label=last.value)
        made.append(
            DocumentExamples(
                document.sha256, document.path, document.title or document.path.name, document.language,
                document.text, (row,), clashes,
            )
        )  # fmt: skip
    return made


def counting_labels(document: LabelledDocument, kind: str, options: Options) -> list[Label] | None:
    """The labels of a kind that count; None where there are none."""
    if options.documents is not None and document.sha256 not in options.documents:
        return None
    labels = [label for label in document.labels if label.kind == kind and label.id not in options.without]
    return labels or None


def _left_out(document: LabelledDocument, options: Options) -> list[Span]:
    """Places of entity labels that do not count: nobody says then what stands there, least of all that it is none."""
    return [
        span_of(label)
        for label in document.labels
        if label.kind == "entity" and label.id in options.without and label.anchor is not None and not label.lost
    ]


def empty_document(document: LabelledDocument, lost: int, *, locked: bool) -> DocumentExamples:
    """A document without rows."""
    title = document.title or document.path.name
    return DocumentExamples(document.sha256, document.path, title, document.language, "", (), lost=lost, locked=locked)


def span_of(label: Label) -> Span:
    """Of a label that has a place."""
    assert label.anchor is not None
    return label.anchor.span


def place_of(document: LabelledDocument, span: Span) -> Place:
    """For the checks."""
    title = document.title or document.path.name
    return Place(document.sha256, document.path, title, span.start, span.end, span.of(document.text)[:200])


def _without_overlaps(document: LabelledDocument, labels: Sequence[Label]) -> tuple[list[Label], list[Place]]:
    """The newest label wins where two overlap; the places where they do."""
    kept: list[Label] = []
    clashes: list[Place] = []
    for label in sorted(labels, key=lambda item: -item.time):
        other = next((item for item in kept if span_of(item).overlaps(span_of(label))), None)
        if other is None:
            kept.append(label)
        elif (other.value, span_of(other)) != (label.value, span_of(label)):
            clashes.append(place_of(document, span_of(label)))
    return sorted(kept, key=lambda item: span_of(item).start), clashes


def _rows(
    document: LabelledDocument,
    yes: Sequence[Label],
    judged: Sequence[Label],
    mentions: Sequence[Mention],
    marks: frozenset[str],
    whole: bool,
    left_out: Sequence[Span],
) -> tuple[list[Example], list[Place]]:
    if not judged:
        return [], []
    spans = [sentence.span for sentence in sentences(document.as_document()) if sentence.span.of(document.text).strip()]
    too_long = [place_of(document, span_of(label)) for label in yes if len(span_of(label)) > LONGEST]
    fitting = [label for label in yes if len(span_of(label)) <= LONGEST]
    spans = _bridged(spans, [span_of(label) for label in fitting])
    touched = [
        index for index, span in enumerate(spans) if whole or any(span.overlaps(span_of(label)) for label in judged)
    ]
    seen = set(touched)
    for first, second in pairwise(touched):
        if second - first <= NEAR:
            seen |= set(range(first, second))
    masked = [
        mention.span
        for mention in mentions
        if not whole and mention.label in marks and not any(mention.span.overlaps(span_of(label)) for label in judged)
    ]
    kept = [
        mention
        for mention in mentions
        if mention.label not in marks and not any(mention.span.overlaps(span_of(label)) for label in judged)
    ]
    masked += [span_of(label) for label in yes if len(span_of(label)) > LONGEST]
    masked += left_out
    rows: list[Example] = []
    run = 0
    for number, index in enumerate(sorted(seen)):
        if number and index - 1 not in seen:
            run += 1
        span = spans[index]
        inside = [label for label in fitting if span.contains(span_of(label))]
        if len(span) > LONGEST and not inside:
            continue
        rows.append(
            Example(
                f"{document.sha256[:16]}/{span.start}",
                document.sha256,
                span.start,
                span.of(document.text),
                tuple(
                    (span_of(label).start - span.start, span_of(label).end - span.start, label.value)
                    for label in inside
                ),
                tuple(
                    (max(item.start, span.start) - span.start, min(item.end, span.end) - span.start)
                    for item in masked
                    if item.overlaps(span)
                ),
                marks,
                run,
                tuple(
                    (mention.span.start - span.start, mention.span.end - span.start, mention.label)
                    for mention in kept
                    if span.contains(mention.span)
                ),
            )
        )
    return rows, too_long


def _bridged(spans: Sequence[Span], labels: Sequence[Span]) -> list[Span]:
    """Sentences that one label reaches over become one."""
    made: list[Span] = []
    for span in spans:
        if made and any(label.start < made[-1].end and label.end > span.start for label in labels):
            made[-1] = Span(made[-1].start, max(span.end, made[-1].end))
        else:
            made.append(span)
    # A label may begin or end in what lies between two sentences (a mark of a list, a running head).
    return [
        Span(
            min([span.start, *(label.start for label in labels if label.overlaps(span))]),
            max([span.end, *(label.end for label in labels if label.overlaps(span))]),
        )
        for span in made
    ]


def normalized(text: str) -> str:
    """What makes two texts the same for the checks: without case and with single spaces."""
    return _SPACE.sub(" ", text).strip().casefold()


def repeats(text: str, held: Collection[str], least: int = 20) -> bool:
    """Whether a row of a further file says what is held out (normalized), as a whole or as a part of a longer text.

    A line of at most ``least`` characters ("Signature:") stands everywhere, and counts as a whole only.
    """
    plain = normalized(text)
    return plain in held or any(
        len(short) > least and short in long for part in held for short, long in [sorted((part, plain), key=len)]
    )
