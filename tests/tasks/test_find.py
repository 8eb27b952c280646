from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import Cancelled
from assistant.jobs import Context
from assistant.tasks import find as module
from assistant.tasks.find import find
from assistant.types import Span


def _texts(text: str, query: str, **options: bool) -> list[str]:
    return [span.of(text) for span in find(text, query, **options)]


@pytest.mark.parametrize(
    ("text", "query", "options", "expected"),
    [
        ("The fee, the FEE and a coffee", "fee", {}, ["fee", "FEE", "fee"]),
        ("The fee, the FEE and a coffee", "fee", {"case": True}, ["fee", "fee"]),
        ("The fee, the FEE and a coffee", "fee", {"words": True}, ["fee", "FEE"]),
        ("due  within\n30\tdays", "within 30 days", {}, ["within\n30\tdays"]),
        ("withindays", "within days", {}, []),
        ("三月の合同,合 同总价", "合同", {}, ["合同", "合 同"]),
        ("本合同总价", "合同", {"words": True}, ["合同"]),
        ("本合同总价", "合 同 总价", {}, ["合同总价"]),
        ("用ABC系统,不用ABCD", "abc", {"words": True}, ["ABC"]),
        ("the party’s “fee” – net", 'party\'s "fee" - net', {}, ["party’s “fee” – net"]),
        ("甲方（买方）ＡＢＣ", "(买方)ABC", {}, ["（买方）ＡＢＣ"]),
        ("a.b a+b (c) [d] \\e ^$", "a+b (c) [d] \\e ^$", {}, ["a+b (c) [d] \\e ^$"]),
        ("Straße und ÉTÉ", "été", {}, ["ÉTÉ"]),
        ("aaaa", "aa", {}, ["aa", "aa"]),
        ("C++ and c++17", "c++", {"words": True}, ["C++", "c++"]),
        ("Café CAFE cafe\u0301 Łódź", "cafe", {}, ["Café", "CAFE", "cafe\u0301"]),
        ("Café CAFE Łódź", "café", {}, ["Café", "CAFE"]),
        ("Café CAFE Łódź", "café", {"accents": True}, ["Café"]),
        ("Łódź lodz", "lodz", {"words": True}, ["Łódź", "lodz"]),
        ("かがく がく", "がく", {}, ["がく", "がく"]),
        ("anything", "  \n ", {}, []),
        ("", "x", {}, []),
        ("x " * 3 + "\U00020000字", "\U00020000 字", {}, ["\U00020000字"]),
    ],
)
def test_places_are_exact(text: str, query: str, options: dict[str, bool], expected: list[str]) -> None:
    assert _texts(text, query, **options) == expected


@given(text=st.text("ab \n合", max_size=60), query=st.text("ab 合", min_size=1, max_size=4), chunk=st.integers(1, 9))
def test_chunks_change_nothing(text: str, query: str, chunk: int) -> None:
    whole = find(text, query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        assert find(text, query) == whole


@given(text=st.text("abX .,", max_size=80), query=st.text("abX.,", min_size=1, max_size=3))
def test_plain_words_are_found_as_by_the_plainest_search(text: str, query: str) -> None:
    expected = [Span(match.start(), match.end()) for match in re.finditer(re.escape(query), text)]
    assert find(text, query, case=True) == expected


def test_a_long_text_can_be_left() -> None:
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        find("word " * 100_000, "word", ctx=ctx)


def test_a_search_lets_other_threads_work() -> None:
    """The expression engine keeps the interpreter while it runs, so the text is searched in parts."""
    text = "nothing to see " * 400_000
    turns = 0
    done = threading.Event()

    def other() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            done.wait(0.001)

    thread = threading.Thread(target=other)
    thread.start()
    assert find(text, "not there") == []
    seen = turns
    done.set()
    thread.join()
    assert seen > 5
