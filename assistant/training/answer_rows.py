"""Rows for the reader of answers: of files and generated ones, and questions made unanswerable. No torch."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant.tasks.lexical import BM25, question_terms, terms
from assistant.training.clauses import clause_rows
from assistant.training.dataset import AnswerRow, held_out, read_answers
from assistant.training.recipe import DataSource


def draw(rows: list[Any], source: DataSource, seed: int) -> list[Any]:
    """The source's rows after its ``limit``, in order."""
    if source.limit and len(rows) > source.limit:
        keep = sorted(random.Random(f"{seed}/{source.file}").sample(range(len(rows)), source.limit))
        return [rows[index] for index in keep]
    return rows


def source_rows(source: DataSource, root: Path, seed: int) -> list[AnswerRow]:
    """The rows of a source below ``root``, drawn or generated with ``seed``. Raises UserError."""
    if source.generate:
        return clause_rows(source.limit, seed, source.splits)
    rows = read_answers(root / source.file, source.splits)
    if source.holdout:
        held = source.role != "train"
        rows = [row for row in rows if held_out(row.context, source.holdout) == held]
    rows = draw(rows, source, seed)
    if source.role == "validation":
        rows = rows + unanswerable(rows, source.unanswerable, random.Random(seed))
    return rows


def unanswerable(rows: Sequence[AnswerRow], share: float, rng: random.Random) -> list[AnswerRow]:
    """Questions put to another paragraph that does not hold their answer.

    Every other one is put to the best wrong passage, as retrieval by words finds it among all paragraphs of its
    language: what a reader is shown when the document has no answer. The rest are put to any paragraph of the same
    title.
    """
    if share <= 0:
        return []
    contexts: dict[str, list[str]] = {}
    for row in rows:
        paragraphs = contexts.setdefault(row.title, [])
        if row.context not in paragraphs:
            paragraphs.append(row.context)
    everywhere = list({row.context: row.lang for row in rows}.items())
    index = BM25([terms(text, language) for text, language in everywhere])
    made = []
    for number, row in enumerate(rng.sample(list(rows), min(len(rows), int(len(rows) * share)))):
        if not row.answers:
            continue
        pool = contexts[row.title] if len(contexts[row.title]) > 1 else [text for text, _ in everywhere]
        if number % 2:
            best = np.argsort(-index.scores(question_terms(row.question, row.lang)), kind="stable")[:6]
            pool = [everywhere[place][0] for place in best if everywhere[place][0] != row.context][:3] or pool
        other = rng.choice(pool)
        if other != row.context and not any(text.casefold() in other.casefold() for _, text in row.answers):
            made.append(AnswerRow(row.id, row.split, row.lang, row.source, row.title, other, row.question, ()))
    return made


_YEAR: Final = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_NAMES: Final = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-zà-ÿ]{2,}(?: [A-Z][a-zà-ÿ]{2,})*)")
_OPPOSITES: Final = (
    "first last,largest smallest,most least,before after,more less,north south,east west,northern southern,increased "
    "decreased,increase decrease,won lost,oldest youngest,highest lowest,minimum maximum,began ended,begin end,above "
    "below,early late,always never,many few,biggest smallest,longest shortest,best worst,majority minority,gained lost,"
    "allowed forbidden,accepted rejected,included excluded,inside outside,male female,old new,higher lower,support "
    "oppose,supported opposed,最大 最小,最高 最低,最多 最少,最早 最晚,第一 第二,首次 最后一次,之前 之后,以前 以后,"
    "增加 减少,上升 下降,北部 南部,东部 西部,优点 缺点,支持 反对,胜利 失败,开始 结束,成立 解散,出生 去世,最长 最短"
)
_OPPOSITE: Final = {
    one: other for pair in _OPPOSITES.split(",") for one, other in (pair.split(" "), pair.split(" ")[::-1])
}
_WORD: Final = re.compile(
    r"\b(?:"
    + "|".join(word for word in _OPPOSITE if word.isascii())
    + r")\b|"
    + "|".join(word for word in _OPPOSITE if not word.isascii())
)
_NOT: Final = re.compile(r"\b(?:did|does|do|was|were|is|are|can|could|has|have|had|would|will|should)\b")


def altered(rows: Sequence[AnswerRow], share: float, rng: random.Random) -> list[AnswerRow]:
    """Questions to their own paragraph that it does not answer, as something in them was changed.

    A year, a name for another of the paragraph, a word for its opposite, or a "not": what people wrote to make the
    questions of SQuAD 2.0 unanswerable (Rajpurkar, Jia & Liang 2018, table 1). A few come out answerable all the same.
    """
    made = []
    for row in rng.sample(list(rows), min(len(rows), int(len(rows) * share))):
        question = _altered(row, rng) if row.answers else None
        if question is not None:
            made.append(AnswerRow(row.id, row.split, row.lang, row.source, row.title, row.context, question, ()))
    return made


def _altered(row: AnswerRow, rng: random.Random) -> str | None:
    question = row.question
    found: list[tuple[int, int, str]] = []
    for match in _YEAR.finditer(question):
        found.append((*match.span(), str(int(match.group()) + rng.choice((-11, -3, -1, 1, 2, 7)))))
    for match in _NAMES.finditer(question):
        others = [name for name in dict.fromkeys(_NAMES.findall(row.context)) if name not in question]
        others = [name for name in others if not any(name in text or text in name for _, text in row.answers)]
        if others:
            found.append((*match.span(), rng.choice(others)))
    for match in _WORD.finditer(question):
        found.append((*match.span(), _OPPOSITE[match.group()]))
    if not found and row.lang == "en":
        for match in _NOT.finditer(question):
            found.append((*match.span(), f"{match.group()} not"))
    if not found:
        return None
    start, end, text = rng.choice(found)
    return question[:start] + text + question[end:]
