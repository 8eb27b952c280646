"""The sentences that say most, in the document's own words and order.

Salience of a sentence: the trained head over its vector where there is one, mixed with centrality in the document
(LexRank: Erkan & Radev 2004, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization", JAIR 22, on
sentence embeddings instead of tf-idf) and with its place. A long document is cut into sections that get places in
proportion to their weight, so that its end is heard too. Within them, Maximal Marginal Relevance (Carbonell &
Goldstein 1998, SIGIR) keeps the same thing from being said twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.jobs import Context, JobContext, Progress
from assistant.tasks.base import FloatArray, SalienceModel
from assistant.tasks.index import DocumentIndex
from assistant.tasks.lexical import terms
from assistant.tasks.prose import (
    exactness,
    is_dangling,
    is_definition,
    is_fragment,
    is_sources_title,
    is_summary_sentence,
    is_unresolved,
    is_whole,
    weight,
    words,
)
from assistant.types import Document, Summary, SummaryLevel

_CHUNK = 512
_OPENING = 8
"""Among so many of the first candidates a definition of the subject is looked for."""


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """What can be tuned without touching the method."""

    head: float = 0.7
    """Share of the trained head in a sentence's salience, where there is one."""
    position: float = 0.15
    """Share of the place: what stands first, in the document and in its section, says more."""
    redundancy: float = 0.3
    """Weight of similarity to what is chosen already (1 - lambda of MMR)."""
    facts: float = 0.15
    """Share of figures, names and defined terms: what is exact says more than what could stand anywhere."""
    aspects: float = 0.8
    """Worth of answering a question that documents of this type are read for, beside a salience of 1."""
    words: float = 40.0
    """A sentence of more words than this loses salience in proportion: a summary has room for few long ones."""
    sharpness: float = 12.0
    """Neighbours weigh ``exp(sharpness * cosine)``, cosines taken after centering (:func:`centered`)."""
    damping: float = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Aspects:
    """What a summary should tell, the gist first: ``texts`` and their embeddings ``vectors`` float32[n, width]."""

    texts: tuple[str, ...]
    vectors: FloatArray


def sentence_count(level: SummaryLevel, prose: int) -> int:
    """How many sentences a summary has for a document of ``prose`` sentences that may be chosen.

    One; about 5 (3 to 7); about 12 (6 to 20): growing with the logarithm of the length, never over half the text.
    """
    if prose == 0:
        return 0
    if level == "sentence":
        return 1
    growth = math.log2(max(prose, 1) / 40) if prose > 40 else 0.0
    wanted = min(7, 5 + round(growth / 2)) if level == "short" else min(20, 12 + round(1.5 * growth))
    return max(1, min(wanted, math.ceil(prose / (3 if level == "short" else 2))))


def summarize(
    document: Document,
    index: DocumentIndex,
    salience: SalienceModel | None,
    level: SummaryLevel,
    ctx: JobContext | None = None,
    options: SummaryOptions | None = None,
    aspects: Aspects | None = None,
) -> Summary:
    """An extractive summary; empty where the document has no prose. Raises Cancelled.

    ``aspects`` are what documents of this type are read for (:func:`assistant.tasks.classify.summary_aspects`); without
    them salience alone decides.
    """
    ctx = ctx or Context()
    options = options or SummaryOptions()
    ctx.report(Progress("summary", 0, 1))
    name = index.encoder if salience is None else salience.name
    rows = candidates(document, index)
    if not rows:
        ctx.report(Progress("summary", 1, 1))
        return Summary(level, (), name)
    wanted = sentence_count(level, len(rows))
    # "It" and "This means" point at a sentence that is usually not chosen: such ones only where there is no choice.
    clear = [row for row in rows if not is_unresolved(index.text(row))]
    chosen = extract(document, index, clear if len(clear) >= wanted else rows, salience, wanted, ctx, options, aspects)
    ctx.report(Progress("summary", 1, 1))
    return Summary(
        level,
        tuple(index.evidence(index.sentences[row].span, score) for row, score in chosen),
        name,
    )


def extract(
    document: Document,
    index: DocumentIndex,
    rows: Sequence[int],
    salience: SalienceModel | None,
    wanted: int,
    ctx: JobContext,
    options: SummaryOptions | None = None,
    aspects: Aspects | None = None,
) -> list[tuple[int, float]]:
    """The ``wanted`` sentences among ``rows`` that say most, as ``(row, salience in [0, 1])`` in the rows' order.

    All of the method but the choice of candidates, for :func:`summarize` and for whoever measures it. Raises Cancelled.
    """
    options = options or SummaryOptions()
    if not rows or wanted < 1:
        return []
    scores = salience_of(document, index, rows, salience, ctx, options)
    sizes = np.array([max(1, words(index.text(row))) for row in rows])
    scores = scores * np.minimum(1.0, options.words / sizes)
    matches = _with_definition(_matches(index, rows, aspects), document, index, rows)
    if wanted == 1:
        gist = matches[:, 0] if matches.shape[1] else np.zeros(len(rows))
        chosen = [int(np.argmax(scores + options.aspects * gist))]
    else:
        vectors = centered(index.sentence_vectors[list(rows)])
        chosen = _choose(scores, vectors, matches, sections(document, index, rows, wanted), wanted, options, ctx)
    return [(rows[number], float(scores[number])) for number in sorted(chosen)]


def candidates(document: Document, index: DocumentIndex) -> list[int]:
    """Sentences that can stand alone in a summary: prose, whole, neither too short nor too long, not repeated."""
    has_vector = np.abs(index.sentence_vectors).sum(axis=1) > 0
    sources = sources_of(document)
    seen: set[str] = set()
    strict: list[int] = []
    whole: list[int] = []
    fragments: list[int] = []
    short: list[int] = []
    for number, sentence in enumerate(index.sentences):
        if not has_vector[number] or any(sentence.span.start in part for part in sources):
            continue
        text = sentence.span.of(document.text)
        key = "".join(text.split()).casefold()
        if key in seen:
            continue
        seen.add(key)
        kind = document.blocks[sentence.block].kind if sentence.block < len(document.blocks) else "paragraph"
        fits = is_summary_sentence(text, kind)
        if fits and not is_fragment(text):
            strict.append(number)
        elif kind == "list_item" and weight(text) >= 25 and is_whole(text):
            whole.append(number)
        elif fits or (kind == "list_item" and weight(text) >= 25 and words(text) >= 5):
            fragments.append(number)
        elif kind in ("paragraph", "list_item") and is_whole(text):
            short.append(number)
    if len(strict) >= 3:
        return strict
    if not (strict or whole or fragments):
        # A note of a few short sentences.
        return short
    # A document that is nothing but lists (minutes, slides) is summarized from its lists: from their sentences, and
    # from what is no sentence only where that is nearly all there is.
    chosen = strict + whole
    return sorted(chosen + fragments) if len(fragments) > 5 * len(chosen) else sorted(chosen)


def sources_of(document: Document) -> list[range]:
    """Where lists of sources stand ("References" and what is under it), as ranges of offsets in the text.

    From a heading to the next one of its level; from a title that the layout does not show as a heading, and that
    stands after the first third, to the next heading or the end.
    """
    parts: list[range] = []
    start, level = -1, 0
    for block in document.blocks:
        heading = block.kind == "heading"
        if start >= 0 and heading and (level == 0 or block.level <= level):
            parts.append(range(start, block.span.start))
            start = -1
        late = block.kind == "paragraph" and 3 * block.span.start > len(document.text)
        if start < 0 and (heading or late) and is_sources_title(block.span.of(document.text)):
            start, level = block.span.start, block.level if heading else 0
    if start >= 0:
        parts.append(range(start, len(document.text)))
    return parts


def salience_of(
    document: Document,
    index: DocumentIndex,
    rows: Sequence[int],
    salience: SalienceModel | None,
    ctx: JobContext,
    options: SummaryOptions,
) -> npt.NDArray[np.float64]:
    """float64[len(rows)] in [0, 1]: head, centrality and position of each candidate, mixed."""
    vectors = index.sentence_vectors[list(rows)]
    central = _scaled(lexrank(centered(vectors), options.sharpness, options.damping, ctx))
    place = _places(document, index, rows)
    facts = np.array([exactness(index.text(row)) for row in rows])
    unsupervised = (1 - options.position - options.facts) * central + options.position * place + options.facts * facts
    # An opening like "However" or "They" needs the sentence before it, which is usually not there.
    unsupervised *= np.where([is_dangling(index.text(row)) for row in rows], 0.75, 1.0)
    if salience is None:
        return unsupervised
    ctx.check()
    # The head looks at places and neighbours too, so it sees all sentences, not only those that may be chosen.
    lengths = [len(sentence.span) for sentence in index.sentences]
    chances = salience.scores(index.sentence_vectors, lengths)[list(rows)]
    trained = _scaled(np.asarray(chances, dtype=np.float64))
    return options.head * trained + (1 - options.head) * unsupervised


def centered(vectors: FloatArray) -> FloatArray:
    """Rows minus their common mean, L2-normalized: E5's cosines lie in 0.7-1.0, what differs is what counts."""
    if len(vectors) < 2:
        return vectors
    # Part of the mean stays in, or the sentences nearest to the subject would have no direction left.
    moved = vectors - 0.9 * vectors.mean(axis=0, keepdims=True)
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.where(norms > 0, norms, 1), dtype=np.float32)


def lexrank(
    vectors: FloatArray, sharpness: float, damping: float, ctx: JobContext, iterations: int = 30
) -> npt.NDArray[np.float64]:
    """Stationary distribution of a walk over sentences, float64[n] summing to 1 (Erkan & Radev 2004, continuous).

    A walker moves from a sentence to another with probability proportional to ``exp(sharpness * cosine)``. Memory is
    n x n float32; beyond 4,000 sentences the walk goes over an even sample of them and the others are scored by it.
    """
    count = len(vectors)
    if count == 0:
        return np.zeros(0)
    step = math.ceil(count / 4000)
    hubs = np.ascontiguousarray(vectors[::step])
    links = np.empty((len(hubs), len(hubs)), dtype=np.float32)
    for first in range(0, len(hubs), _CHUNK):
        ctx.check()
        links[first : first + _CHUNK] = np.exp(sharpness * (hubs[first : first + _CHUNK] @ hubs.T - 1))
    np.fill_diagonal(links, 0)
    totals = links.sum(axis=1, keepdims=True)
    links /= np.where(totals > 0, totals, 1)
    rank = np.full(len(hubs), 1 / len(hubs))
    for _ in range(iterations):
        ctx.check()
        rank = (1 - damping) / len(hubs) + damping * (rank @ links)
        rank /= rank.sum()
    if step == 1:
        return np.asarray(rank, dtype=np.float64)
    spread = np.empty(count)
    for first in range(0, count, _CHUNK):
        ctx.check()
        near = np.exp(sharpness * (vectors[first : first + _CHUNK] @ hubs.T - 1))
        spread[first : first + _CHUNK] = near @ rank
    return np.asarray(spread / spread.sum(), dtype=np.float64)


def sections(document: Document, index: DocumentIndex, rows: Sequence[int], wanted: int) -> list[range]:
    """Candidates cut into consecutive sections at headings, at most one for each wanted sentence.

    Short sections are joined with the one before them; a document without headings is cut evenly.
    """
    heads = [block.span.start for block in document.blocks if block.kind == "heading"]
    starts = np.array([index.sentences[row].span.start for row in rows])
    cuts = sorted({int(np.searchsorted(starts, head)) for head in heads} - {0, len(rows)})
    minimum = max(3, len(rows) // (2 * max(wanted, 1)))
    bounds = [0]
    for cut in cuts:
        if cut - bounds[-1] >= minimum:
            bounds.append(cut)
    if len(rows) - bounds[-1] < minimum and len(bounds) > 1:
        bounds.pop()
    if len(bounds) < 3 and len(rows) >= 8 * minimum:
        pieces = min(wanted, len(rows) // minimum)
        bounds = [round(part * len(rows) / pieces) for part in range(pieces)]
    return [range(first, stop) for first, stop in zip(bounds, [*bounds[1:], len(rows)], strict=True)]


def _places(document: Document, index: DocumentIndex, rows: Sequence[int]) -> npt.NDArray[np.float64]:
    """1 for what opens the document, falling to 0; what opens a paragraph gets a part of it everywhere."""
    order = np.arange(len(rows), dtype=np.float64)
    lead = np.exp(-order / max(4.0, 0.04 * len(rows)))
    blocks = [index.sentences[row].block for row in rows]
    opens = np.array([number == 0 or blocks[number] != blocks[number - 1] for number in range(len(rows))])
    return np.maximum(lead, 0.4 * opens)


def _scaled(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """To [0, 1] by rank and value together: robust against one outlier that flattens the others."""
    if len(values) < 2:
        return np.ones(len(values))
    low, high = np.percentile(values, [2, 98])
    linear = np.clip((values - low) / (high - low), 0, 1) if high > low else np.full(len(values), 0.5)
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable") / (len(values) - 1)
    return np.asarray(0.5 * linear + 0.5 * ranks, dtype=np.float64)


def _matches(index: DocumentIndex, rows: Sequence[int], aspects: Aspects | None) -> npt.NDArray[np.float64]:
    """float64[len(rows), aspects] in [0, 1]: how well each candidate tells each aspect.

    Meaning finds the clause, but late chunking makes its sentences alike; shared words and figures find the sentence
    in it. 1 for the best candidate of an aspect, 1/e for 0.015 less. An aspect whose best candidate hardly stands out
    from the others is not told by it, and matches nothing.
    """
    if aspects is None or not aspects.texts:
        return np.zeros((len(rows), 0))
    cosines = (index.sentence_vectors[list(rows)] @ aspects.vectors.T).astype(np.float64)
    stands_out = cosines.max(axis=0) >= cosines.mean(axis=0) + 1.2 * cosines.std(axis=0)
    language = index.document.language
    asked = [set(terms(text, language)) for text in aspects.texts]
    for place, row in enumerate(rows):
        said = set(terms(index.text(row), language))
        shared = np.array([len(said & wanted) / max(1, len(wanted)) for wanted in asked])
        cosines[place] += 0.06 * shared + 0.015 * exactness(index.text(row))
    return np.asarray(np.exp((cosines - cosines.max(axis=0)) / 0.015) * stands_out, dtype=np.float64)


def _with_definition(
    matches: npt.NDArray[np.float64], document: Document, index: DocumentIndex, rows: Sequence[int]
) -> npt.NDArray[np.float64]:
    """``matches``, where the opening says what the subject of the title is: that is the gist then."""
    opening = range(min(len(rows), _OPENING))
    place = next((n for n in opening if is_definition(index.text(rows[n]), document.title)), None)
    if place is None:
        return matches
    gist = 0.5 * matches[:, :1] if matches.shape[1] else np.zeros((len(rows), 1))
    # More than any other sentence can have by its salience and its match together.
    gist[place] = 2
    return np.hstack([gist, matches[:, 1:]])


def _choose(
    scores: npt.NDArray[np.float64],
    vectors: FloatArray,
    matches: npt.NDArray[np.float64],
    parts: Sequence[range],
    wanted: int,
    options: SummaryOptions,
    ctx: JobContext,
) -> list[int]:
    """Fill the sections' quotas by MMR over the whole document, so that sections do not repeat each other."""
    open_places = _quotas(scores, parts, wanted)
    section_of = np.empty(len(scores), dtype=np.int64)
    for number, part in enumerate(parts):
        section_of[part.start : part.stop] = number
    chosen: list[int] = []
    closest = np.zeros(len(scores))
    free = np.ones(len(scores), dtype=bool)
    answered = np.zeros(matches.shape[1])
    while len(chosen) < wanted and free.any():
        ctx.check()
        # A question is answered once: what counts is how much better a sentence answers than those already chosen.
        answers = np.maximum(matches - answered, 0).max(axis=1, initial=0.0)
        allowed = free & ((open_places[section_of] > 0) | (answers > 0.5))
        if not allowed.any():
            break
        value = (1 - options.redundancy) * scores - options.redundancy * closest + options.aspects * answers
        value = np.where(allowed, value, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        free[best] = False
        answered = np.maximum(answered, matches[best])
        open_places[section_of[best]] -= 1
        closest = np.maximum(closest, np.maximum(vectors @ vectors[best], 0))
        # Nearly the same sentence again is never worth a place.
        free &= closest < 0.93
    return chosen


def _quotas(scores: npt.NDArray[np.float64], parts: Sequence[range], wanted: int) -> npt.NDArray[np.int64]:
    """Places of each section: by its weight, that is length (square root) times its best sentences' salience."""
    weights = np.array(
        [math.sqrt(len(part)) * float(np.sort(scores[part.start : part.stop])[-3:].mean()) for part in parts]
    )
    shares = wanted * weights / weights.sum()
    # Rounded up: quotas bound what a section may take, and MMR decides which places are used.
    sizes = np.array([len(part) for part in parts])
    return np.asarray(np.minimum(np.ceil(shares), sizes), dtype=np.int64)
