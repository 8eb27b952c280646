"""How the tasks are scored. Pure Python and numpy; offsets are code points; scores are fractions of 1.

entities        exact-span micro precision, recall and F1 (CoNLL-2003: Tjong Kim Sang & De Meulder 2003)
answers         F1 and exact match as in SQuAD (Rajpurkar et al. 2016, 2018) for spaced languages, over characters for
                Chinese as in CMRC 2018 (Cui et al. 2019); ROC area of "no answer"
summary         ROUGE (Lin 2004) by the ``rouge-score`` package, over characters for Chinese
classification  accuracy, macro F1
probabilities   expected calibration error (Guo et al. 2017)
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Labelled = tuple[int, int, str]
"""``(start, end, label)``, half-open."""


# --- entities -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PRF:
    """Counts and what follows from them; 0 where a fraction has no denominator."""

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.correct / (self.predicted + self.gold) if self.predicted + self.gold else 0.0

    def __add__(self, other: PRF) -> PRF:
        return PRF(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)


@dataclass(slots=True)
class EntityScorer:
    """Exact-span scores, one text after the other.

    ``labels`` are those that the data file uses: a prediction of any other label is not counted, because the file
    says nothing of it. A prediction that overlaps an ``ignored`` range and is not itself right is not counted either.
    """

    labels: frozenset[str]
    _by_label: dict[str, PRF] = field(default_factory=dict)

    def add(
        self, gold: Iterable[Labelled], predicted: Iterable[Labelled], ignored: Iterable[tuple[int, int]] = ()
    ) -> None:
        truth = {item for item in gold if item[2] in self.labels}
        masked = list(ignored)
        found = {
            item
            for item in predicted
            if item[2] in self.labels
            and (item in truth or not any(item[0] < end and start < item[1] for start, end in masked))
        }
        for label in self.labels:
            mine = {item for item in found if item[2] == label}
            true = {item for item in truth if item[2] == label}
            if mine or true:
                self._by_label[label] = self.of(label) + PRF(len(mine & true), len(mine), len(true))

    def of(self, label: str) -> PRF:
        return self._by_label.get(label, PRF())

    @property
    def micro(self) -> PRF:
        return sum(self._by_label.values(), PRF())

    def report(self) -> dict[str, Any]:
        """``f1``, ``precision``, ``recall`` and ``labels`` with the same and the number of gold mentions."""
        total = self.micro
        return {
            "f1": total.f1,
            "precision": total.precision,
            "recall": total.recall,
            "gold": total.gold,
            "labels": {
                label: {
                    "f1": self.of(label).f1,
                    "precision": self.of(label).precision,
                    "recall": self.of(label).recall,
                    "gold": self.of(label).gold,
                }
                for label in sorted(self.labels)
            },
        }


def labels_of(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The labels that a file of entity rows uses (``../shared/data`` format)."""
    return frozenset(entity["label"] for row in rows for entity in row.get("entities", ()))


# --- answers --------------------------------------------------------------------------------------------

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def _is_cjk(char: str) -> bool:
    code = ord(char)
    return (
        0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF or 0x3040 <= code <= 0x30FF
    )


def normalize_answer(text: str) -> str:
    """SQuAD's normalization: lower case, without ASCII punctuation, the articles a/an/the and extra spaces."""
    kept = "".join(char for char in text.lower() if char not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def answer_tokens(text: str, language: str) -> list[str]:
    """Tokens that F1 counts: words in spaced languages; in Chinese CJK characters, Latin words, numbers."""
    if language not in ("zh", "ja"):
        return normalize_answer(text).split()
    tokens: list[str] = []
    word = ""
    for char in text.lower():
        if _is_cjk(char):
            tokens += [word, char] if word else [char]
            word = ""
        elif char.isalnum():
            word += char
        else:
            # Spaces and punctuation, Chinese and ASCII, are nothing themselves but end a word.
            tokens += [word] if word else []
            word = ""
    return [*tokens, word] if word else tokens


def answer_em(predicted: str, gold: str, language: str = "en") -> float:
    """1 if both are the same after normalization, else 0. Two empty answers are the same."""
    if language in ("zh", "ja"):
        return float(_bare(predicted) == _bare(gold))
    return float(normalize_answer(predicted) == normalize_answer(gold))


def answer_f1(predicted: str, gold: str, language: str = "en") -> float:
    """Overlap of tokens. If either text has none, 1 where both have none, else 0 (as in SQuAD 2.0).

    SQuAD counts the common bag of words; CMRC the longest common run of characters, which is what is done for Chinese.
    """
    mine, true = answer_tokens(predicted, language), answer_tokens(gold, language)
    if not mine or not true:
        return float(mine == true)
    common = _common_run(mine, true) if language in ("zh", "ja") else sum((Counter(mine) & Counter(true)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(mine), common / len(true)
    return 2 * precision * recall / (precision + recall)


def _common_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest run of tokens that both have."""
    best = 0
    previous = [0] * (len(other) + 1)
    for token in one:
        current = [0] * (len(other) + 1)
        for number, candidate in enumerate(other, start=1):
            if token == candidate:
                current[number] = previous[number - 1] + 1
                best = max(best, current[number])
        previous = current
    return best


def _bare(text: str) -> str:
    """CMRC's normalization: lower case, without spaces and punctuation, Chinese or ASCII."""
    return "".join(char for char in text.lower() if not char.isspace() and unicodedata.category(char)[0] not in "PS")


@dataclass(slots=True)
class AnswerScorer:
    """SQuAD 2.0 scores, one question after the other."""

    _f1: list[float] = field(default_factory=list)
    _em: list[float] = field(default_factory=list)
    _answerable: list[bool] = field(default_factory=list)
    _no_answer: list[float] = field(default_factory=list)

    def add(self, predicted: str, gold: Sequence[str], language: str = "en", no_answer: float | None = None) -> None:
        """``predicted`` is empty for "no answer"; ``gold`` has none where the context holds none.

        ``no_answer`` is the probability that there is no answer; without it the prediction's emptiness counts.
        """
        texts = [text for text in gold if answer_tokens(text, language)] or [""]
        self._f1.append(max(answer_f1(predicted, text, language) for text in texts))
        self._em.append(max(answer_em(predicted, text, language) for text in texts))
        self._answerable.append(bool(gold))
        self._no_answer.append(float(not predicted) if no_answer is None else no_answer)

    def report(self) -> dict[str, float | None]:
        """``has_answer_f1`` is None without answerable questions, ``no_answer_auroc`` without both kinds."""
        f1 = np.array(self._f1)
        answerable = np.array(self._answerable, dtype=bool)
        return {
            "f1": float(f1.mean()) if len(f1) else 0.0,
            "em": float(np.mean(self._em)) if self._em else 0.0,
            "has_answer_f1": float(f1[answerable].mean()) if answerable.any() else None,
            "has_answer_em": float(np.array(self._em)[answerable].mean()) if answerable.any() else None,
            "no_answer_f1": float(f1[~answerable].mean()) if (~answerable).any() else None,
            "no_answer_auroc": auroc(~answerable, np.array(self._no_answer)),
        }


def auroc(positive: npt.ArrayLike, scores: npt.ArrayLike) -> float | None:
    """Area under the ROC curve: how often a positive scores above a negative, ties half (Mann-Whitney).

    None where one of the two classes is missing.
    """
    truth = np.asarray(positive, dtype=bool)
    values = np.asarray(scores, dtype=np.float64)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


# --- summary --------------------------------------------------------------------------------------------


class CharacterTokenizer:
    """Tokens for ROUGE in Chinese: each CJK character, and each run of Latin letters or digits."""

    def tokenize(self, text: str) -> list[str]:
        return answer_tokens(text, "zh")


ROUGE_TYPES = ("rouge1", "rouge2", "rougeLsum")

SUMMARY_SENTENCES: Mapping[str, int] = {"paper": 1, "news": 3, "meeting": 10}
"""How many sentences are usual for each kind of document in ``../shared/data/summaries``."""


class RougeScorer:
    """Mean ROUGE F over texts; with several references the best one counts, for each type by itself.

    Needs the ``rouge-score`` package (extra ``train``). English is stemmed (Porter), as is usual.
    """

    def __init__(self, language: str = "en") -> None:
        from rouge_score import rouge_scorer

        if language in ("zh", "ja"):
            self._scorer = rouge_scorer.RougeScorer(list(ROUGE_TYPES), tokenizer=CharacterTokenizer())
        else:
            self._scorer = rouge_scorer.RougeScorer(list(ROUGE_TYPES), use_stemmer=True)
        self._sums = dict.fromkeys(ROUGE_TYPES, 0.0)
        self._count = 0

    def add(self, predicted: Sequence[str], references: Sequence[Sequence[str] | str]) -> dict[str, float]:
        """Score one summary, given as sentences, against references (sentences or plain text). Returns its scores."""
        texts = [reference if isinstance(reference, str) else "\n".join(reference) for reference in references]
        scores = self._scorer.score_multi(texts, "\n".join(predicted))
        result = {name: float(scores[name].fmeasure) for name in ROUGE_TYPES}
        for name, value in result.items():
            self._sums[name] += value
        self._count += 1
        return result

    def report(self) -> dict[str, float]:
        return {name: value / self._count if self._count else 0.0 for name, value in self._sums.items()}


# --- classification and calibration ---------------------------------------------------------------------


def accuracy(gold: Sequence[str], predicted: Sequence[str | None]) -> float:
    """Share of right labels; None ("unsure") is never right."""
    if len(gold) != len(predicted):
        raise ValueError("one prediction for each gold label")
    return sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold) if gold else 0.0


def macro_f1(gold: Sequence[str], predicted: Sequence[str | None]) -> float:
    """Mean F1 over all labels in gold or predicted (as scikit-learn's ``average="macro"``); None is no label."""
    labels = sorted(set(gold) | {label for label in predicted if label is not None})
    scores = [
        PRF(
            sum(a == b == label for a, b in zip(gold, predicted, strict=True)),
            sum(b == label for b in predicted),
            sum(a == label for a in gold),
        ).f1
        for label in labels
    ]
    return sum(scores) / len(scores) if scores else 0.0


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins ``(low, high]``, weighted by their sizes.

    Source: Guo, Pleiss, Sun & Weinberger (2017), "On Calibration of Modern Neural Networks", ICML.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    if len(sure) != len(right):
        raise ValueError("one outcome for each confidence")
    if len(sure) == 0:
        return 0.0
    slots = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = 0.0
    for slot in np.unique(slots):
        inside = slots == slot
        gap += inside.mean() * abs(float(right[inside].mean()) - float(sure[inside].mean()))
    return float(gap)
