"""Growing and shrinking a place of the text by words and letters; sentences around a place."""

from __future__ import annotations

import pytest

from assistant.types import Span
from ui.models.word_steps import Edge, Unit, moved, next_word, previous_word, sentences_around, trimmed

TEXT = "Fees: Dr. Maria Keller, 2.5% of 𝟙𝟚 units. 北京公司 pays."


def _span(words: str, text: str = TEXT) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


@pytest.mark.parametrize(
    ("words", "edge", "step", "unit", "after"),
    [
        ("Maria", "end", 1, "word", "Maria Keller"),
        ("Maria Keller", "end", -1, "word", "Maria"),
        ("Maria", "end", -1, "word", "Maria"),
        ("Maria", "start", -1, "word", "Dr. Maria"),
        ("Dr. Maria", "start", 1, "word", "Maria"),
        ("Maria", "start", 1, "word", "Maria"),
        ("Keller", "end", 1, "word", "Keller, 2.5"),
        ("Maria", "end", -1, "character", "Mari"),
        ("Maria", "start", 1, "character", "aria"),
        ("F", "start", 1, "character", "F"),
        ("of", "end", 1, "word", "of 𝟙𝟚"),
        ("pays.", "end", 1, "word", "pays."),
        ("Fees", "start", -1, "word", "Fees"),
        ("Mar", "end", 1, "word", "Maria"),
        ("ria", "start", -1, "word", "Maria"),
        ("Maria Kel", "end", -1, "word", "Maria"),
    ],
)
def test_an_end_moves(words: str, edge: Edge, step: int, unit: Unit, after: str) -> None:
    span = moved(TEXT, _span(words), edge, step, unit)
    assert span.of(TEXT) == after


def test_a_chinese_name_grows_within_its_line() -> None:
    span = _span("北")
    while not span.of(TEXT).endswith("公司"):
        longer = moved(TEXT, span, "end", 1, "word")
        assert longer.end > span.end
        span = longer
    assert span.of(TEXT) == "北京公司"


def test_words_far_away_are_found() -> None:
    text = "one" + " ." * 3_000 + " two"
    word = next_word(text, 3)
    assert word is not None
    assert word.of(text) == "two"
    before = previous_word(text, word.start)
    assert before is not None
    assert before.of(text) == "one"
    assert next_word(text, len(text)) is None
    assert previous_word(text, 0) is None
    assert next_word("", 0) is None


def test_whole_sentences_of_a_block() -> None:
    text = "Head\nThe fee is due. It is EUR 5.20 a month. Notice is given in writing.\nNext block. More."
    block = _span("The fee is due. It is EUR 5.20 a month. Notice is given in writing.", text)
    assert sentences_around(text, _span("EUR", text), block).of(text) == "It is EUR 5.20 a month."
    two = Span(_span("due", text).start, _span("month", text).end)
    assert sentences_around(text, two, block).of(text) == "The fee is due. It is EUR 5.20 a month."
    chinese = "甲方付款。乙方交货。双方签字。"
    assert sentences_around(chinese, _span("交货", chinese), Span(0, len(chinese))).of(chinese) == "乙方交货。"


def test_white_space_at_the_ends_is_left_out() -> None:
    assert trimmed(" a b \n", Span(0, 6)) == Span(1, 4)
    assert len(trimmed("   ", Span(0, 3))) == 0
