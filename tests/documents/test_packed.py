"""What a long document takes while it is read: paragraphs are kept packed, and what comes of them is the same."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from assistant.documents.assemble import Assembled, RawPage, assemble
from assistant.documents.host import DocumentHost
from assistant.documents.packed import Packer, packed, unpacked
from assistant.documents.paragraphs import Paragraph
from assistant.documents.textmap import Run
from assistant.documents.words import Words
from assistant.jobs import Context

_NUMBER = st.integers(0, 2**31 - 1)
_ROWS = 2000


def _item(
    text: str, runs: list[list[int]], hyphens: list[int], *, is_open: bool = False, kind: str = "paragraph"
) -> Any:
    """As it stands in a reply."""
    start = "lower" if text[0].islower() else "other"
    return [kind, text, runs, hyphens, 100, False, 700, 720, 1, 0, 2, start, is_open, True]


def _row(number: int) -> Any:
    text = f"{number}\tCustomer {number % 997} Ltd\t2024-05-{number % 28 + 1:02}\t{number * 7 % 10_000 / 100}"
    runs, at, glyph = [], 0, number % 50 * 40
    for cell in text.split("\t"):
        runs.append([glyph, at, len(cell), len(cell)])
        at, glyph = at + len(cell) + 1, glyph + len(cell)
    return _item(text, runs, [], kind="table_row")


def _assembled(pages: list[list[Paragraph]]) -> Assembled:
    words = Words(Context())
    for page in pages:
        words.add(page)
    raw = [RawPage(page, 4000) for page in pages]
    found = assemble(raw, [(595.0, 842.0)] * len(pages), "layout", (), words, Context())
    assert raw == []
    return found


@given(st.lists(st.tuples(_NUMBER, _NUMBER, _NUMBER, _NUMBER)))
def test_runs_are_the_same_after_packing(runs: list[Run]) -> None:
    assert unpacked(packed(runs)) == runs
    assert packed(packed(runs)) == packed(runs)


def test_a_text_put_together_of_packed_paragraphs_is_the_same() -> None:
    # A word that is divided at a line's end, one at a page's end whose hyphen is a run of its own, a compound, a joined
    # page end, and rows.
    pages = [
        [_item("The contractor and the contrac-tor agree", [[0, 0, 31, 31], [31, 31, 9, 9]], [30])],
        [
            _item("which is a contrac-", [[2, 0, 18, 18], [20, 18, 1, 1]], [], is_open=True),
        ],
        [_item("tor of the long-", [[0, 0, 15, 15], [15, 15, 1, 1]], [], is_open=True)],
        [_item("term kind and goes on", [[4, 0, 21, 21]], [], is_open=True)],
        [_item("over the page.", [[0, 0, 14, 14]], []), *[_row(number) for number in range(30)]],
        [],
    ]
    packer = Packer()
    plain = _assembled([[Paragraph(*item) for item in page] for page in pages])
    kept = _assembled([[packer.paragraph(item) for item in page] for page in pages])
    assert "which is a contractor of the long-term kind and goes on over the page." in plain.text
    assert (kept.text, kept.blocks, kept.pages) == (plain.text, plain.blocks, plain.pages)
    assert kept.headings == plain.headings
    for one, other in zip(kept.maps, plain.maps, strict=True):
        for mine, theirs in zip(one.offsets(), other.offsets(), strict=True):
            assert mine.dtype == theirs.dtype
            assert mine.tolist() == theirs.tolist()
    # The hyphen that went has no glyph any more; every other glyph is at its character.
    glyphs, starts, ends = kept.maps[1].offsets()
    assert glyphs.tolist() == list(range(2, 20))
    assert "".join(kept.text[a:b] for a, b in zip(starts, ends, strict=True)) == "which is a contrac"


def test_rows_of_a_sheet_are_kept_in_a_few_hundred_bytes_each() -> None:
    reply = json.dumps([_row(number) for number in range(_ROWS)])
    packer = Packer()
    tracemalloc.start()
    try:
        kept = [[packer.paragraph(item) for item in json.loads(reply)]]
        # 1,000 bytes as they come.
        assert tracemalloc.get_traced_memory()[0] / _ROWS < 450
        words = Words(Context())
        words.add(kept[0])
        raw = [RawPage(kept.pop(), 40_000)]
        found = assemble(raw, [(595.0, 842.0)], "layout", (), words, Context())
        # What is left is the result alone: text, blocks, and where the glyphs are.
        assert len(found.blocks) == _ROWS
        assert tracemalloc.get_traced_memory()[0] / _ROWS < 400
    finally:
        tracemalloc.stop()


def test_a_sheet_is_read_as_ever(tmp_path: Path, host: DocumentHost) -> None:
    path = tmp_path / "orders.csv"
    lines = [f"{number},Customer {number % 97} Ltd,2024-05-{number % 28 + 1:02}" for number in range(1, 301)]
    path.write_text("Number,Name,Day\n" + "\n".join(lines) + "\n", encoding="utf-8")
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    rows = [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]
    assert rows[-300:] == [line.replace(",", "\t") for line in lines]
    for number in (1, len(document.pages)):
        shown = host.page_text(opened, number).result(30)
        page = document.pages[number - 1].span.of(document.text)
        seen = "".join(document.text[a:b] for a, b in zip(shown.offsets, shown.ends, strict=True))
        assert seen == page.replace("\t", "").replace("\n", "")
    host.close(opened)
