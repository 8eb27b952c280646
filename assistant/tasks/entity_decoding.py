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
    return decode_all(text, starts, ends, np.zeros(len(starts), dtype=np.int64), logits, tags, temperature)


def decode_all(
    text: str,
    starts: IntArray,
    ends: IntArray,
    sentences: IntArray,
    logits: FloatArray,
    tags: Tags,
    temperature: float = 1.0,
) -> list[Found]:
    """As :func:`decode` for consecutive sentences at once; ``sentences`` (n,) is the number of each piece's sentence.

    ``starts`` does not decrease, and no mention reaches over the end of a sentence.
    """
    if not len(starts):
        return []
    characters = _Characters.of(text, int(starts[0]), max(int(ends.max()), int(starts[0])))
    starts, ends, keep = characters.visible(starts, ends)
    if not len(keep):
        return []
    sentences = sentences[keep]
    scaled = logits[keep].astype(np.float64) / max(temperature, 1e-3)
    scaled -= scaled.max(axis=1, keepdims=True)
    logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    is_first = characters.word_starts(starts, ends, sentences)
    firsts = np.flatnonzero(is_first)
    # Columns in the order O, B-..., I-...; the pieces inside a word vote for I-X, whatever its first piece is.
    ordered = np.concatenate([[tags.outside], tags.begin, tags.inside])
    logs = logs[:, ordered]
    count = len(tags.labels)
    joined = np.logaddexp(logs[:, 1 : 1 + count], logs[:, 1 + count :])
    inner = logs.copy()
    inner[:, 1 : 1 + count] = joined
    inner[:, 1 + count :] = joined
    sizes = np.diff(np.append(firsts, len(logs)))
    words = np.add.reduceat(np.where(is_first[:, None], logs, inner), firsts, axis=0) / sizes[:, None]
    path = _best_paths(words, count, sentences[firsts])
    probabilities = np.exp(np.add.reduceat(joined, firsts, axis=0) / sizes[:, None])
    word_ends = ends[np.append(firsts[1:], len(logs)) - 1]
    return list(_mentions(text, path, probabilities, starts[firsts], word_ends, tags.labels))


def _best_paths(words: npt.NDArray[np.float64], count: int, sentences: IntArray) -> IntArray:
    """:func:`best_path` of each sentence; most are the best column of each word, and valid as they are."""
    path: IntArray = words.argmax(axis=1).astype(np.int64)
    edges = np.flatnonzero(np.diff(sentences)) + 1
    before = np.concatenate([[0], path[:-1]])
    before[edges] = 0
    wrong = np.flatnonzero((path > count) & (before != path) & (before != path - count))
    for number in np.unique(np.searchsorted(edges, wrong, side="right")):
        first = int(edges[number - 1]) if number else 0
        last = int(edges[number]) if number < len(edges) else len(path)
        path[first:last] = best_path(words[first:last], count)
    return path


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


@dataclass(frozen=True, slots=True)
class _Characters:
    """What kind each character of a stretch of text is, for many pieces at once."""

    offset: int
    spaces: npt.NDArray[np.bool_]
    in_word: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, text: str, start: int, end: int) -> _Characters:
        codes = np.frombuffer(text[start:end].encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        kinds, places = np.unique(codes, return_inverse=True)
        distinct = [chr(code) for code in kinds.tolist()]
        spaces = np.array([character.isspace() for character in distinct], dtype=bool)
        in_word = np.array([_in_word(character) for character in distinct], dtype=bool)
        return cls(start, spaces[places], in_word[places])

    def visible(self, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Pieces that stand for something visible, their leading white space cut off, and their indices."""
        starts, ends = starts.astype(np.int64), ends.astype(np.int64)
        left = np.flatnonzero(starts < ends)
        while len(left := left[self.spaces[starts[left] - self.offset]]):
            starts[left] += 1
            left = left[starts[left] < ends[left]]
        keep = np.flatnonzero(starts < ends)
        return starts[keep], ends[keep], keep

    def word_starts(self, starts: IntArray, ends: IntArray, sentences: IntArray) -> npt.NDArray[np.bool_]:
        """Whether each piece begins a word. Punctuation and every piece of an unspaced script is its own word."""
        made = np.ones(len(starts), dtype=bool)
        at = starts[1:] - self.offset
        glued = (ends[:-1] >= starts[1:]) & self.in_word[at - 1] & self.in_word[at]
        made[1:] = ~glued | (sentences[1:] != sentences[:-1])
        return made


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
    stop = 0
    for index in np.flatnonzero(path).tolist():
        if index < stop:
            continue
        label = (int(path[index]) - 1) % count
        stop = index + 1
        while stop < len(path) and path[stop] == 1 + count + label:
            stop += 1
        values = probabilities[index:stop, label]
        score = float((values.min() + values.mean()) / 2)
        start, end = _whole_words(text, int(starts[index]), int(ends[stop - 1]))
        span = trim(text, start, end, labels[label])
        if span is not None:
            found.append(Found(span, labels[label], min(1.0, score)))
    return found


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Extended to the ends of the words that it cuts, in scripts with spaces."""
    while start > 0 and _in_word(text[start]) and _in_word(text[start - 1]):
        start -= 1
    while end < len(text) and _in_word(text[end - 1]) and _in_word(text[end]):
        end += 1
    return start, end
