"""Retrieval by words: BM25 over a document's passages, for European languages and for Chinese, Japanese and Korean.

Terms: European words are case-folded, stemmed with Snowball (``snowballstemmer``, pure Python, the same on every
platform) in the document's language and stripped of accents; CJK text, which has no spaces, becomes its characters
and character pairs (Nie, Gao, Zhang & Zhou 2000 found both together to retrieve as well as words do).

The scoring itself is a page of our own: the ready library (``bm25s``) raises on an empty corpus and on an empty
query, and would be a second tokenizer and index format for what is one weighted sum over a few hundred passages.
``tests/tasks/test_lexical.py`` holds it to hand-computed values.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import regex
import snowballstemmer

K1 = 1.2
B = 0.75

_SNOWBALL = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}

_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー々"
# A number keeps its separators together ("1,240,000.50"); a word keeps inner apostrophes and hyphens apart.
_TERM = regex.compile(
    rf"(?P<cjk>[{_CJK}]+)|(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[\p{{L}}\p{{M}}\p{{N}}--[{_CJK}]]+)", regex.V1
)

# Words of a question that say what kind of answer is wanted, not where it stands.
_QUESTION_WORDS = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "does", "for",
    "from", "had", "has", "have", "how", "i", "in", "is", "it", "its", "may", "me", "my", "of", "on", "or", "our",
    "s", "shall", "should", "so", "tell", "that", "the", "their", "them", "there", "these", "they", "this", "those",
    "to", "was", "we", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "with", "would",
    "you", "your",
})  # fmt: skip
_QUESTION_CHARACTERS = frozenset("的了吗呢吧啊是有在和与或何谁哪几么什多怎为请问个这那其")


def terms(text: str, language: str = "und") -> list[str]:
    """The index terms of a text, in order, repetitions included. ``language`` is an ISO 639-1 code or ``und``."""
    found: list[str] = []
    for match in _TERM.finditer(unicodedata.normalize("NFKC", text).casefold()):
        piece = match.group()
        if match.lastgroup == "cjk":
            found.extend(piece)
            found.extend(piece[index : index + 2] for index in range(len(piece) - 1))
        elif match.lastgroup == "number":
            found.append(piece.replace(",", ""))
        else:
            found.append(_stem(piece, language))
    return found


def question_terms(question: str, language: str = "und") -> list[str]:
    """Terms of a question without its function words, unless nothing else is in it."""
    everything = terms(question, language)
    dull = {_stem(word, language) for word in _QUESTION_WORDS}
    telling = [
        term
        for term in everything
        if term not in dull and not (regex.match(rf"[{_CJK}]", term) and _QUESTION_CHARACTERS.issuperset(term))
    ]
    return telling or everything


def only_asks(text: str) -> bool:
    """Whether a piece of a Chinese question holds nothing but question and function characters."""
    return all(char in _QUESTION_CHARACTERS or char in "人家位个天日月年号里" or not char.isalnum() for char in text)


@functools.lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    name = _SNOWBALL.get(language)
    # A stemmer keeps state while it works, so each word gets a fresh one; the cache makes that rare.
    stem = word if name is None else str(snowballstemmer.stemmer(name).stemWord(word))
    return "".join(mark for mark in unicodedata.normalize("NFD", stem) if not unicodedata.combining(mark))


class BM25:
    """An inverted index with precomputed impacts. Immutable after construction, so thread-safe.

    ``weight(term, passage) = idf(term) * tf / (tf + k1 * (1 - b + b * length / mean length))`` with
    ``idf = ln(1 + (N - df + 0.5) / (df + 0.5))``, which is never negative.

    Source: Robertson, S. & Zaragoza, H. (2009), "The Probabilistic Relevance Framework: BM25 and Beyond",
    Foundations and Trends in Information Retrieval 3(4), section 3.4; the idf is that of Lucene.
    """

    def __init__(self, passages: Iterable[Sequence[str]], k1: float = K1, b: float = B) -> None:
        postings: dict[str, list[tuple[int, int]]] = {}
        lengths: list[int] = []
        for number, passage in enumerate(passages):
            lengths.append(len(passage))
            for term, count in Counter(passage).items():
                postings.setdefault(term, []).append((number, count))
        self._size = len(lengths)
        total = sum(lengths)
        mean = total / self._size if total else 1.0
        norms = k1 * (1 - b + b * np.array(lengths, dtype=np.float64) / mean)
        self._postings: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]] = {}
        for term, entries in postings.items():
            rows = np.array([number for number, _ in entries], dtype=np.int64)
            counts = np.array([count for _, count in entries], dtype=np.float64)
            weights = self._idf(len(entries)) * counts / (counts + norms[rows])
            self._postings[term] = rows, weights.astype(np.float32)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, term: str) -> bool:
        return term in self._postings

    def idf(self, term: str) -> float:
        """How telling a term is in this document; most where no passage has it."""
        entry = self._postings.get(term)
        return self._idf(0 if entry is None else len(entry[0]))

    def _idf(self, passages: int) -> float:
        return math.log1p((self._size - passages + 0.5) / (passages + 0.5))

    def scores(self, query: Iterable[str]) -> npt.NDArray[np.float32]:
        """float32[len(self)], 0 where a passage shares no term with the query."""
        scores = np.zeros(self._size, dtype=np.float32)
        for term, repeats in Counter(query).items():
            entry = self._postings.get(term)
            if entry is not None:
                rows, weights = entry
                scores[rows] += weights * repeats
        return scores
