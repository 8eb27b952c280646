from __future__ import annotations

import math

import numpy as np
import pytest

from assistant.tasks.lexical import BM25, question_terms, terms


def test_bm25_gives_the_values_of_the_formula() -> None:
    index = BM25([["a", "b"], ["b", "c", "c"], []])
    # mean length 5/3; passage 1 has tf(c) = 2, length 3, df(c) = 1.
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / (5 / 3)))
    scores = index.scores(["c", "unknown"])
    assert scores == pytest.approx([0, expected, 0], rel=1e-6)
    # The same number as the library bm25s 0.3.16 gives (method "lucene").
    assert scores[1] == pytest.approx(0.5004231, abs=1e-6)


def test_bm25_prefers_rare_words_and_short_passages() -> None:
    index = BM25([["fee", "the", "the"], ["the", "fee", "the", "the", "the", "the"], ["the", "term"]])
    fee = index.scores(["fee"])
    assert fee[0] > fee[1] > fee[2] == 0
    assert index.scores(["term"])[2] > index.scores(["the"]).max()


@pytest.mark.parametrize("passages", [[], [[]], [[], []]])
def test_bm25_of_nothing_scores_nothing(passages: list[list[str]]) -> None:
    index = BM25(passages)
    assert np.array_equal(index.scores(["x"]), np.zeros(len(passages)))
    assert np.array_equal(index.scores([]), np.zeros(len(passages)))


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Terminations", "termination", "en"),
        ("KÜNDIGUNGEN", "kündigung", "de"),
        ("résiliation", "resiliations", "fr"),
        ("1,240,000", "1240000", "en"),
        ("ﬁnal", "final", "en"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str, language: str) -> None:
    assert terms(one, language) == terms(other, language)


def test_chinese_becomes_characters_and_pairs() -> None:
    assert terms("合同期限 12 个月", "zh") == ["合", "同", "期", "限", "合同", "同期", "期限", "12", "个", "月", "个月"]


def test_mixed_text_is_split_at_the_script() -> None:
    assert terms("甲方ABC公司", "zh") == ["甲", "方", "甲方", "abc", "公", "司", "公司"]


def test_question_words_do_not_count_unless_alone() -> None:
    assert question_terms("What is the notice period?", "en") == ["notic", "period"]
    assert question_terms("Who is it?", "en") == ["who", "is", "it"]
    assert "什么" not in question_terms("什么是不可抗力", "zh")
    assert "抗力" in question_terms("什么是不可抗力", "zh")
