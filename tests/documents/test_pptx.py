"""Presentations through the document process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.ooxml.slides import _Shape, in_reading_order
from assistant.errors import DocumentError
from assistant.jobs import Context
from assistant.types import Document
from helpers.ooxml import deck, root, shape, slide, write_parts, write_pptx

Read = Callable[[Path], Document]
DATA = Path(__file__).parents[1] / "data"


def _blocks(document: Document, page: int | None = None) -> list[str]:
    spans = [block.span for block in document.blocks]
    if page is not None:
        spans = [span for span in spans if document.pages[page - 1].span.contains(span)]
    return [span.of(document.text) for span in spans]


def test_slides_in_their_order_and_shapes_as_they_are_read(read: Read) -> None:
    document = read(DATA / "harbour.pptx")
    assert (document.format, document.title) == ("pptx", "Traffic in the harbour")
    assert [each.title for each in document.outline] == ["Traffic in the harbour", "Hidden figures", "Last words"]
    assert [each.page for each in document.outline] == [1, 2, 3]
    assert _blocks(document, 1) == [
        *("Traffic in the harbour", "• Ships", "a) large", "b) small", "Grouped left", "Grouped right"),
        *("Port\tTons", "Harrowmouth\t120", "Elmhaven\t80"),
        *("Share of traffic", "Column chart", "Ships", "2024\t25.0%", "2025\t75.0%", "• Pilot", "• Tug", "Below"),
        *("Notes", "Speak slowly.", "Comments", "Comment by Ada Lang, 2026-02-03: Check these figures."),
    ]
    assert _blocks(document, 2) == ["Hidden figures", "Hidden slide"]
    assert _blocks(document, 3) == ["Last words"]
    # What stands at the foot of every slide comes once; numbers of slides do not come at all.
    assert document.text.count("Harrowmouth Port Authority") == 1
    assert "never shown" not in document.text


def test_reading_order_goes_down_columns_and_along_rows() -> None:
    def at(x: float, y: float, width: float, height: float, name: str) -> _Shape:
        return _Shape((x, y, x + width, y + height), [name])

    columns = [
        *(at(50, 20, 40, 30, "right 1"), at(50, 52, 40, 40, "right 2")),
        *(at(0, 20, 40, 40, "left 1"), at(0, 62, 40, 30, "left 2"), at(0, 0, 90, 15, "above")),
    ]
    names = [each.blocks[0] for each in in_reading_order(columns)]
    assert names == ["above", "left 1", "left 2", "right 1", "right 2"]
    rows = [at(50, 50, 40, 20, "d"), at(0, 50, 40, 22, "c"), at(50, 0, 40, 20, "b"), at(0, 2, 40, 20, "a")]
    assert [each.blocks[0] for each in in_reading_order(rows)] == ["a", "b", "c", "d"]
    assert len(in_reading_order([at(0, 0, 0, 0, "x")] * 2000)) == 2000


def test_placeholders_take_place_and_bullets_from_layout_and_master_but_no_prompts(tmp_path: Path, read: Read) -> None:
    master = root(
        "p:sldMaster",
        "<p:cSld><p:spTree>"
        + shape("Click to edit Master text styles", 0, 3_000_000, kind="body")
        + "</p:spTree></p:cSld><p:txStyles><p:bodyStyle><a:lvl1pPr>"
        + "<a:buChar char='•'/></a:lvl1pPr></p:bodyStyle></p:txStyles>",
    )
    layout = root(
        "p:sldLayout",
        "<p:cSld><p:spTree>" + shape("Click to add title", 0, 100, kind="title") + "</p:spTree></p:cSld>",
    )
    body = shape("From the master", kind="body").replace("<a:xfrm>", "<a:x>").replace("</a:xfrm>", "</a:x>")
    parts = {
        "ppt/slideLayouts/slideLayout1.xml": layout,
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": '<Relationships xmlns="urn:x"><Relationship Id="rId1" '
        'Type="x/slideMaster" Target="../slideMasters/slideMaster1.xml"/></Relationships>',
        "ppt/slideMasters/slideMaster1.xml": master,
    }
    path = write_pptx(
        tmp_path / "a.pptx",
        [slide(shape("Lower", 0, 5_000_000), body, shape("Upper", 0, 1_000_000), shape("", kind="title"))],
        parts,
        {1: {"rId1": ("slideLayout", "../slideLayouts/slideLayout1.xml")}},
    )
    assert _blocks(read(path)) == ["Slide 1", "Upper", "• From the master", "Lower"]


def test_shapes_of_unknown_kinds_and_choices_are_read_once(tmp_path: Path, read: Read) -> None:
    unknown = "<p:newKind><p:deep>" + shape("Inside of something new") + "</p:deep></p:newKind>"
    either = (
        f"<mc:AlternateContent><mc:Choice>{shape('Chosen', 0, 900_000)}</mc:Choice><mc:Fallback>{shape('Fallback')}"
    )
    path = write_pptx(tmp_path / "a.pptx", [slide(unknown, either + "</mc:Fallback></mc:AlternateContent>")])
    text = read(path).text
    assert "Inside of something new" in text
    assert "Chosen" in text
    assert "Fallback" not in text


def test_missing_and_damaged_slides_do_not_take_the_others(tmp_path: Path, read: Read) -> None:
    path = write_pptx(
        tmp_path / "a.pptx",
        [slide(shape("First", kind="title")), "<p:sld>", slide(shape("Third", kind="title"))],
        order=(1, 2, 3, 7, 1),
    )
    document = read(path)
    assert [each.title for each in document.outline] == ["First", "Third"]
    assert [notice.code for notice in document.notices] == ["parts_damaged"]
    bare = write_parts(tmp_path / "bare.pptx", {"ppt/presentation.xml": root("p:presentation", "")})
    assert read(bare).text == ""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["groups", "shapes", "columns"])
def test_hostile_slides_end_as_a_refusal_or_as_read(tmp_path: Path, host: DocumentHost, kind: str) -> None:
    bodies = {
        "groups": "<p:grpSp>" * 200_000 + "</p:grpSp>" * 200_000,
        "shapes": shape("same words ", 0, 0) * 3_000,
        "columns": "<p:graphicFrame><a:tbl><a:tr>" + "<a:tc/>" * 1_000_000 + "</a:tr></a:tbl></p:graphicFrame>",
    }
    path = write_pptx(tmp_path / "a.pptx", [slide(bodies[kind])])
    if kind == "groups":
        with pytest.raises(DocumentError) as caught:
            host.open(path, Context())
        assert caught.value.code == "too_deep"
        return
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    host.close(opened)
    assert document.text.count("same words") == (3_000 if kind == "shapes" else 0)
    assert [notice.code for notice in document.notices] == (["cells_left_out"] if kind == "columns" else [])


def test_every_cut_and_flip_of_a_presentation_is_read_or_refused(tmp_path: Path, host: DocumentHost) -> None:
    whole = deck(tmp_path / "whole.pptx").read_bytes()
    assert whole == (DATA / "harbour.pptx").read_bytes()
    outcomes = set()
    for number in range(24):
        data = bytearray(whole[: len(whole) * (number + 1) // 12] if number < 12 else whole)
        if number >= 12:
            for at in range(number * 97 % 400, len(data), 397 + number):
                data[at] ^= 0x55
        path = tmp_path / f"{number}.pptx"
        path.write_bytes(bytes(data))
        try:
            opened = host.open(path, Context())
            outcomes.add(bool(host.read(opened, Context()).text))
            host.close(opened)
        except DocumentError as error:
            outcomes.add(error.code)
    assert outcomes <= {True, "damaged_document", "office_encrypted", "unsupported_format"}
    assert {True, "damaged_document"} <= outcomes
