"""From a model's scores for pieces of words to mentions of whole words.

BIO tags under the constraint that ``I-X`` follows only ``B-X`` or ``I-X`` (Viterbi over hard constraints; where the
best tag of each word already obeys them, that sequence is the optimum and nothing more is computed).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assistant.types import Span

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

_UNSPACED: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\U00020000-\U0003ffff]"
)
_EDGE: Final = " \t\n\r\u00a0\u3000\"'“”„‚‘’«»‹›,;:!?、，。；：！？…*_|/\\<>=~^`-–—•·"
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】", "〔": "〕"}
_QUOTED: Final = {"《": "》", "「": "」", "『": "』", "〈": "〉"}
_POSSESSIVE: Final = re.compile(r"['’]s\Z|(?<=s)['’]\Z")
_DANGLING: Final = re.compile(r"\s+(?:and|or|of|the|in|at|for|to|und|oder|der|et|ou|y|e|de|di)\Z")
"""Small words that a name does not end with."""
_ARTICLE: Final = re.compile(r"(?:the|The|THE)\s+(?!Hague\b|Gambia\b|Bronx\b)")
# A final full stop belongs to these.
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:Inc|Ltd|Co|Corp|Jr|Sr|Bros|St|Dr|Cie|Ltda|Cía|Esq|No|etc)|(?:\b[^\W\d_]\.){1,5}[^\W\d_])\.\Z"
)


@dataclass(frozen=True, slots=True)
class Tags:
    """BIO tags of a model, as arrays over its output columns."""

    labels: tuple[str, ...]
    """The labels without their prefix, in the order in which they first occur."""
    outside: int
    begin: IntArray
    """(len(labels),) column of ``B-X``."""
    inside: IntArray
    """(len(labels),) column of ``I-X``."""

    @classmethod
    def of(cls, names: Sequence[str]) -> Tags:
        """Raises ValueError where the names are no BIO scheme (``O``, and ``B-X`` with ``I-X`` for every X)."""
        labels = tuple(dict.fromkeys(name[2:] for name in names if name[:2] in ("B-", "I-")))
        columns = {name: index for index, name in enumerate(names)}
        missing = [tag for label in labels for tag in (f"B-{label}", f"I-{label}") if tag not in columns]
        if missing or "O" not in columns or len(columns) != 2 * len(labels) + 1:
            raise ValueError(f"not a BIO scheme: {', '.join(names)}")
        return cls(
            labels,
            columns["O"],
            np.array([columns[f"B-{label}"] for label in labels], dtype=np.int64),
            np.array([columns[f"I-{label}"] for label in labels], dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A mention as the model sees it, before anything is merged."""

    span: Span
    label: str
    score: float


def decode(
    text: str, starts: IntArray, ends: IntArray, logits: FloatArray, tags: Tags, temperature: float = 1.0
) -> list[Found]:
    """Mentions in one sentence.

    ``starts``/``ends`` (n,) are offsets of the pieces into ``text``, ``logits`` (n, 2 * labels + 1). The score of a
    mention is the mean of the least and of the average probability of its label over its words, the probability of
    ``B-X`` and ``I-X`` taken together and calibrated by ``temperature`` (Guo et al., "On calibration of modern neural
    networks", ICML 2017).
    """
    starts, ends, keep = _visible(text, starts, ends)
    if not len(keep):
        return []
    scaled = logits[keep].astype(np.float64) / max(temperature, 1e-3)
    scaled -= scaled.max(axis=1, keepdims=True)
    logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    firsts = _word_starts(text, starts, ends)
    # Columns in the order O, B-..., I-...; the pieces inside a word vote for I-X, whatever its first piece is.
    ordered = np.concatenate([[tags.outside], tags.begin, tags.inside])
    logs = logs[:, ordered]
    count = len(tags.labels)
    is_first = np.zeros(len(logs), dtype=bool)
    is_first[firsts] = True
    joined = np.logaddexp(logs[:, 1 : 1 + count], logs[:, 1 + count :])
    inner = logs.copy()
    inner[:, 1 : 1 + count] = joined
    inner[:, 1 + count :] = joined
    sizes = np.diff(np.append(firsts, len(logs)))
    words = np.add.reduceat(np.where(is_first[:, None], logs, inner), firsts, axis=0) / sizes[:, None]
    path = best_path(words, count)
    probabilities = np.exp(np.add.reduceat(joined, firsts, axis=0) / sizes[:, None])
    word_ends = ends[np.append(firsts[1:], len(logs)) - 1]
    return list(_mentions(text, path, probabilities, starts[firsts], word_ends, tags.labels))


def best_path(words: npt.NDArray[np.float64], count: int) -> IntArray:
    """The best valid sequence of columns (0 is O, then ``count`` B, then ``count`` I) for (n, 2 * count + 1) scores."""
    greedy: IntArray = words.argmax(axis=1).astype(np.int64)
    before = np.concatenate([[0], greedy[:-1]])
    inside = greedy > count
    if not np.any(inside & (before != greedy) & (before != greedy - count)):
        return greedy
    width = 2 * count + 1
    allowed = np.zeros((width, width))
    allowed[:, count + 1 :] = -np.inf
    for label in range(count):
        allowed[1 + label, 1 + count + label] = allowed[1 + count + label, 1 + count + label] = 0.0
    score = words[0].copy()
    score[count + 1 :] = -np.inf
    back = np.zeros((len(words), width), dtype=np.int64)
    for index in range(1, len(words)):
        steps = score[:, None] + allowed
        back[index] = steps.argmax(axis=0)
        score = steps.max(axis=0) + words[index]
    path = np.zeros(len(words), dtype=np.int64)
    path[-1] = int(score.argmax())
    for index in range(len(words) - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    return path


def trim(text: str, start: int, end: int, label: str) -> Span | None:
    """The mention without quotes, loose punctuation, possessive ``'s`` and a leading "the"; None if nothing is left."""
    while True:
        before = (start, end)
        while start < end and text[start] in _EDGE:
            start += 1
        while start < end and text[end - 1] in _EDGE:
            end -= 1
        if start >= end:
            return None
        piece = text[start:end]
        if piece[-1] == "." and not _ABBREVIATED.search(piece):
            end -= 1
        elif (closing := _BRACKETS.get(piece[0]) or _QUOTED.get(piece[0])) and (
            closing == piece[-1] or closing not in piece
        ):
            start += 1
            end -= closing == piece[-1] and end - 1 > start
        elif piece[-1] in ")]}）】〕》」』〉" and not any(
            opening in piece for opening, closing in (*_BRACKETS.items(), *_QUOTED.items()) if closing == piece[-1]
        ):
            end -= 1
        elif (owner := _POSSESSIVE.search(piece)) is not None and label not in ("WORK", "PRODUCT"):
            end = start + owner.start()
        elif label != "WORK" and (dangling := _DANGLING.search(piece)) is not None:
            end = start + dangling.start()
        elif label != "WORK" and (article := _ARTICLE.match(piece)) is not None:
            start += article.end()
        if (start, end) == before:
            return Span(start, end)


def _visible(text: str, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Pieces that stand for something visible, their leading white space cut off, and their indices."""
    starts = starts.astype(np.int64)
    ends = ends.astype(np.int64)
    for index in range(len(starts)):
        start, end = int(starts[index]), int(ends[index])
        while start < end and text[start].isspace():
            start += 1
        starts[index] = start
    keep = np.flatnonzero(starts < ends)
    return starts[keep], ends[keep], keep


def _word_starts(text: str, starts: IntArray, ends: IntArray) -> IntArray:
    """Indices of the pieces that begin a word. Punctuation and every piece of an unspaced script is its own word."""
    firsts = [0]
    for index in range(1, len(starts)):
        at = int(starts[index])
        last, first = text[at - 1], text[at]
        glued = ends[index - 1] >= at and _in_word(last) and _in_word(first)
        if not glued:
            firsts.append(index)
    return np.array(firsts, dtype=np.int64)


def _in_word(character: str) -> bool:
    return (character.isalnum() or character == "\u0301") and not _UNSPACED.match(character)


def _mentions(
    text: str,
    path: IntArray,
    probabilities: npt.NDArray[np.float64],
    starts: IntArray,
    ends: IntArray,
    labels: tuple[str, ...],
) -> list[Found]:
    count = len(labels)
    found: list[Found] = []
    index = 0
    while index < len(path):
        column = int(path[index])
        if column == 0:
            index += 1
            continue
        label = (column - 1) % count
        stop = index + 1
        while stop < len(path) and path[stop] == 1 + count + label:
            stop += 1
        values = probabilities[index:stop, label]
        score = float((values.min() + values.mean()) / 2)
        start, end = _whole_words(text, int(starts[index]), int(ends[stop - 1]))
        span = trim(text, start, end, labels[label])
        if span is not None:
            found.append(Found(span, labels[label], min(1.0, score)))
        index = stop
    return found


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Extended to the ends of the words that it cuts, in scripts with spaces."""
    while start > 0 and _in_word(text[start]) and _in_word(text[start - 1]):
        start -= 1
    while end < len(text) and _in_word(text[end - 1]) and _in_word(text[end]):
        end += 1
    return start, end
