from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.paths import Paths
from assistant.store import codecs
from assistant.store.db import Database
from assistant.store.documents import DocumentStore, Place
from assistant.store.findings import FindingKey, FindingStore
from assistant.store.migrations import reader_0001
from assistant.types import (
    Answer,
    Answers,
    Block,
    Classification,
    Document,
    Entities,
    Entity,
    Evidence,
    LabelScore,
    Mention,
    Notice,
    OutlineItem,
    Page,
    Span,
    Summary,
)


@pytest.fixture
def findings(tmp_path: Path) -> FindingStore:
    return FindingStore(tmp_path / "findings.db", lambda: 100_000)


def test_another_version_is_not_returned_and_is_replaced(findings: FindingStore) -> None:
    findings.put(FindingKey("d", "entities", "model@1"), b"old")
    assert findings.get(FindingKey("d", "entities", "model@2")) is None
    findings.put(FindingKey("d", "entities", "model@2"), b"new")
    assert findings.get(FindingKey("d", "entities", "model@2")) == b"new"
    assert findings.get(FindingKey("d", "entities", "model@1")) is None
    assert findings.size() == 3
    findings.close()


def test_parameters_kinds_and_documents_are_kept_apart(findings: FindingStore) -> None:
    keys = [FindingKey(d, k, "v", p) for d in "ab" for k in ("x", "y") for p in ("", "short")]
    for number, key in enumerate(keys):
        findings.put(key, bytes([number]))
    assert [findings.get(key) for key in keys] == [bytes([number]) for number in range(len(keys))]
    findings.drop("a")
    assert [findings.get(key) is None for key in keys] == [True] * 4 + [False] * 4
    findings.clear()
    assert findings.size() == 0
    findings.close()


def test_what_was_not_used_for_long_goes_first(findings: FindingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("assistant.store.findings.time.time", lambda: now)
    for number in range(10):
        findings.put(FindingKey("d", "k", "v", str(number)), bytes(9_000))
        now += 1000
    assert findings.get(FindingKey("d", "k", "v", "0")) is not None  # now the one that was used last
    findings.put(FindingKey("d", "k", "v", "new"), bytes(20_000))
    left = {name for name in [*"0123456789", "new"] if findings.get(FindingKey("d", "k", "v", name)) is not None}
    assert {"0", "new", "9"} <= left
    assert "1" not in left
    assert findings.size() <= 100_000
    findings.close()


def test_the_file_shrinks_with_its_content(tmp_path: Path) -> None:
    path = tmp_path / "findings.db"
    findings = FindingStore(path, lambda: 50_000_000)
    for number in range(40):
        findings.put(FindingKey("d", "k", "v", str(number)), bytes(100_000))
    findings.close()
    large = path.stat().st_size
    findings = FindingStore(path, lambda: 50_000_000)
    findings.clear()
    findings.close()
    assert large > 4_000_000
    assert path.stat().st_size < 200_000


def test_one_result_may_not_take_all_the_space(findings: FindingStore) -> None:
    findings.put(FindingKey("d", "k", "v"), bytes(26_000))
    assert findings.get(FindingKey("d", "k", "v")) is None
    findings.close()


# --- recent files ---------------------------------------------------------------------------------------------


def test_recent_files_are_newest_first_limited_and_say_what_is_missing(paths: Paths, tmp_path: Path) -> None:
    store = DocumentStore(paths.data / "reader.db")
    here = tmp_path / "here.pdf"
    here.write_bytes(b"x")
    store.opened(tmp_path / "gone.pdf", "s1", "Gone", "pdf", 3, 2)
    store.opened(here, "s2", "Here", "pdf", 9, 2)
    assert [(row.title, row.missing) for row in store.recent()] == [("Here", False), ("Gone", True)]
    store.opened(tmp_path / "third.pdf", "s3", "Third", "pdf", 1, 2)
    assert [row.title for row in store.recent()] == ["Third", "Here"]
    assert store.recent()[0].opened.tzinfo is not None
    store.close()


def test_the_place_belongs_to_the_document_wherever_its_file_is(paths: Paths, tmp_path: Path) -> None:
    store = DocumentStore(paths.data / "reader.db")
    store.opened(tmp_path / "a.pdf", "same", "A", "pdf", 9, 10)
    assert store.place("same") == Place(1, 0.0, 1.0)
    store.remember("same", 7, 120.5, 1.25)
    store.opened(tmp_path / "copy.pdf", "same", "A", "pdf", 9, 10)
    store.close()
    store = DocumentStore(paths.data / "reader.db")
    assert store.place("same") == Place(7, 120.5, 1.25)
    assert [row.page for row in store.recent()] == [7, 7]
    assert store.forget(tmp_path / "a.pdf") == []
    assert store.place("same") is not None
    assert store.forget(tmp_path / "copy.pdf") == ["same"]
    assert store.place("same") is None
    store.close()


def test_nothing_is_remembered_where_the_limit_is_zero(paths: Paths, tmp_path: Path) -> None:
    store = DocumentStore(paths.data / "reader.db")
    store.opened(tmp_path / "a.pdf", "s", "A", "pdf", 9, 0)
    store.remember("s", 3, 0, 1)
    assert store.recent() == []
    assert store.place("s") is None
    store.close()


# --- codecs ---------------------------------------------------------------------------------------------------

_MENTION = Mention(Span(3, 9), 1, "Berlin", "LOCATION", 0.75, "model:e@1", None)
_RESULTS = (
    Entities((Entity("LOCATION", "Berlin", (_MENTION,), 0.75, "DE"),), (_MENTION,), "e@1", False),
    Summary("short", (Evidence(Span(0, 4), 1, "合同 é", 0.5),), "base@1"),
    Classification((LabelScore("contract", 0.9), LabelScore("letter", 0.1)), None, (), "base@1"),
    Answers("Who?", Answer(Span(1, 2), 1, "x", 0.25, Span(0, 5)), (), (Evidence(Span(0, 1), 2, "y", 1.0),), "a@1"),
    Answers("Who?", None, (), (), "a@1"),
)


@pytest.mark.parametrize("result", _RESULTS, ids=lambda result: type(result).__name__)
def test_results_survive_the_way_to_bytes_and_back(result: object) -> None:
    assert codecs.decode(type(result), codecs.encode(result)) == result


@given(
    text=st.text(st.characters(exclude_categories=())),
    numbers=st.lists(st.integers(1, 10**6), max_size=4),
    score=st.floats(0, 1),
)
def test_any_document_survives(text: str, numbers: list[int], score: float) -> None:
    document = Document(
        Path("folder") / "a.pdf",
        "0" * 64,
        "pdf",
        text,
        tuple(Page(n, Span(0, len(text)), score, 842.0, "layer", None) for n in numbers),
        tuple(Block(Span(0, n), "heading", 2) for n in numbers),
        "en",
        text[:10],
        (OutlineItem(1, text[:5], 1, score),),
        (Notice("pages_missing", (("count", 3), ("total", "x"))),),
    )
    assert codecs.decode(Document, codecs.encode(document)) == document


def test_numbers_of_numpy_become_plain_ones() -> None:
    row = LabelScore("x", np.float32(0.5))  # type: ignore[arg-type]
    back = codecs.decode(LabelScore, codecs.encode(row))
    assert back == LabelScore("x", 0.5)
    assert type(back.score) is float


@pytest.mark.parametrize("count", [199, 200, 201, 1001])
def test_long_lists_come_back_in_one_piece(count: int) -> None:
    mentions = tuple(Mention(Span(n, n + 2), 1, f"Ä{n}", "PERSON", 0.5, "rule:x") for n in range(count))
    found = Entities((Entity("PERSON", "Ä", mentions, 0.5),), mentions, "model@1")
    assert codecs.decode(Entities, codecs.encode(found)) == found


def test_a_long_document_is_written_piece_by_piece() -> None:
    text = "row of a table\n" * 30_000
    blocks = tuple(Block(Span(15 * n, 15 * n + 14), "table_row") for n in range(30_000))
    page = Page(1, Span(0, len(text)), 595.0, 842.0, "layout")
    document = Document(Path("a.csv"), "0" * 64, "csv", text, (page,), blocks, "en", "a")
    data = codecs.encode(document)
    tracemalloc.start()
    try:
        assert codecs.encode(document) == data
        # As plain lists and as text the blocks take 300 bytes each.
        assert tracemalloc.get_traced_memory()[1] < 100 * len(blocks)
    finally:
        tracemalloc.stop()
    assert codecs.decode(Document, data) == document


@pytest.mark.parametrize("data", [b"", b"J1", b"J1rubbish", b"XX" + codecs.encode(_RESULTS[0])[2:]])
def test_bytes_of_another_make_are_refused(data: bytes) -> None:
    with pytest.raises(codecs.CodecError):
        codecs.decode(Entities, data)


def test_bytes_of_another_type_are_refused() -> None:
    with pytest.raises(codecs.CodecError):
        codecs.decode(Entities, codecs.encode(_RESULTS[1]))
    with pytest.raises(codecs.CodecError):
        codecs.decode(Summary, codecs.encode(_RESULTS[3]))


def test_the_schema_names_the_shape() -> None:
    names = {codecs.schema(type(result)) for result in _RESULTS} | {codecs.schema(Document)}
    assert len(names) == 5


def test_how_a_document_is_shown_is_kept_and_older_places_have_none(tmp_path: Path) -> None:
    path = tmp_path / "reader.db"
    old = Database(path, (reader_0001.migrate,), durable=True)
    with old.writing() as connection:
        connection.execute("INSERT INTO documents (sha256, title, format, pages, page) VALUES ('s', 't', 'pdf', 9, 4)")
        connection.execute("INSERT INTO files VALUES ('/a.pdf', 's', 1.0)")
    old.close()
    store = DocumentStore(path)
    place = store.place("s")
    assert place is not None
    assert (place.page, place.view) == (4, "")
    store.remember("s", 5, 1.0, 0.0, '{"mode":"two"}')
    place = store.place("s")
    assert place is not None
    assert (place.page, place.view) == (5, '{"mode":"two"}')
    store.close()
