"""Quotes are cut at words, keep what they are about, and count Chinese characters as two columns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.types import Span
from ui.models import quotes


def test_short_sentences_are_quoted_whole() -> None:
    text = "Before. Invoices are payable within\nthirty days. After."
    assert quotes.around(text, Span(8, 48), Span(36, 47)) == "“Invoices are payable within thirty days.”"


def test_long_sentences_are_cut_on_both_sides_at_words() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    place = words.index("word50")
    quote = quotes.around(words, Span(0, len(words)), Span(place, place + 6), limit=60)
    assert quote.startswith("“…word")
    assert quote.endswith("…”")
    assert "word50" in quote
    assert all(part in words.split() for part in quote.strip("“”…").split())


def test_chinese_is_cut_between_characters() -> None:
    text = "合同" * 100
    quote = quotes.beginning(text, 40)
    assert quote == "“" + "合同" * 10 + "…”"


@settings(deadline=None)
@given(st.text(max_size=400), st.data())
def test_a_quote_always_holds_its_focus(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    quote = quotes.around(text, Span(0, len(text)), Span(start, end), limit=50)
    assert quote[0] == "“"
    assert quote[-1] == "”"
    assert " ".join(text[start:end].split()) in quote


def test_a_place_longer_than_a_quote_with_nothing_after_it() -> None:
    text = "甲方：" + "某某公司" * 60
    quote = quotes.around(text, Span(0, len(text)), Span(3, len(text)))
    assert quote.startswith("“…某某公司")
    assert quote.endswith("某某公司”")
