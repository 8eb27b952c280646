from __future__ import annotations

import threading

import pytest

from assistant.errors import Cancelled, UsageError
from assistant.jobs import Context
from assistant.tasks import find_patterns as module
from assistant.tasks.find_patterns import find_pattern


@pytest.mark.parametrize(
    ("text", "pattern", "options", "expected"),
    [
        ("No. 17 and no. 4", r"no\. \d+", {}, ["No. 17", "no. 4"]),
        ("No. 17 and no. 4", r"no\. \d+", {"case": True}, ["no. 4"]),
        ("abc abcd", "abc", {"words": True}, ["abc"]),
        ("first\nsecond\nfirst", "^first$", {}, ["first", "first"]),
        ("résumé resume", "r.sum.", {}, ["résumé", "resume"]),
        ("résumé resume", "resume", {"accents": True}, ["resume"]),
        ("résumé resume", "résumé", {}, ["résumé", "resume"]),
        ("合同编号：HT-2024-018，甲方", r"HT-\d{4}-\d+|甲方", {}, ["HT-2024-018", "甲方"]),
        ("aaa", "b*", {}, []),
        ("x", "", {}, []),
    ],
)
def test_places(text: str, pattern: str, options: dict[str, bool], expected: list[str]) -> None:
    assert [span.of(text) for span in find_pattern(text, pattern, Context(), **options)] == expected


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "a{2,1}", "(?P<x", "\\"])
def test_what_is_no_expression_gets_a_sentence(pattern: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_pattern("text", pattern, Context())
    assert caught.value.code == "find_pattern_wrong"


def test_an_expression_that_tries_everything_is_given_up_and_others_work_meanwhile() -> None:
    turns = 0
    done = threading.Event()

    def other() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            done.wait(0.001)

    thread = threading.Thread(target=other)
    thread.start()
    published: list[object] = []
    with pytest.raises(UsageError) as caught:
        find_pattern("aaab\n" + "a" * 60 + "!", "(a|a)+b", Context(on_partial=published.append))
    done.set()
    thread.join()
    assert caught.value.code == "find_pattern_slow"
    assert len(published) == 1, "what was found before is not lost"
    assert turns > 20


def test_hits_stream_and_a_search_can_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PUBLISH_EVERY", 20)
    published: list[int] = []
    text = "one two\n" * 20
    found = find_pattern(text, "t.o", Context(on_partial=lambda hits: published.append(len(hits))))  # type: ignore[arg-type]
    assert len(found) == 20
    assert published == sorted(published)
    assert len(published) > 3
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        find_pattern(text, "t.o", ctx)
