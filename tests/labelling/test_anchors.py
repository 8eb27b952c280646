from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.labelling import Labels
from assistant.labelling.anchors import found_again
from assistant.store.labels import LabelStore
from assistant.types import Document, Label, Span
from helpers.labels import document, places, span_of

TEXT = (
    "Services agreement of 3 May 2021\n"
    "Between Anna Berg, hereafter the client, and Acme Ltd, hereafter the contractor.\n"
    "Net: 100 EUR\nTax: 100 EUR\nSum: 200 EUR\n"
    "Signed by Anna Berg in Hamburg, for the client, and by the contractor in Bremen.\n"
)


@pytest.fixture
def labels(tmp_path: Path) -> Iterator[Labels]:
    made = Labels(LabelStore(tmp_path / "labels.db"))
    yield made
    made.close()


def _label(text: Document, span: Span, value: str = "X") -> Label:
    return Label("id", text.sha256, "entity", value, "yes", text.anchor(span), span.of(text.text), "user", 0.0)


def _found(old: str, words: str, new: str, number: int = 0) -> str | int:
    """Where ``words`` of ``old`` are found in ``new``: the offset, or "lost"."""
    before, after = document(old), document(new)
    (label,) = found_again([_label(before, span_of(before, words, number))], after)
    assert label.anchor is not None
    if label.lost:
        assert label.anchor.document == before.sha256
        assert label.text == words
        return "lost"
    assert label.anchor.document == after.sha256
    assert label.anchor.span.of(new) == label.text
    return label.anchor.span.start


def test_the_same_text_keeps_its_places() -> None:
    text = document(TEXT)
    label = _label(text, span_of(text, "Acme Ltd"))
    assert found_again([label], text) == (label,)


@pytest.mark.parametrize("words", ["Anna Berg", "Acme Ltd", "3 May 2021", "Hamburg", "200 EUR"])
def test_what_was_put_in_before_moves_a_label(words: str) -> None:
    new = "A new heading\nand a line.\n" + TEXT
    assert _found(TEXT, words, new) == TEXT.index(words) + 26


def test_the_right_one_of_equal_words_is_found() -> None:
    second = TEXT.index("Anna Berg", TEXT.index("Anna Berg") + 1)
    new = TEXT.replace("Between Anna Berg, hereafter the client", "Between the client")
    assert _found(TEXT, "Anna Berg", new, 1) == second - (len(TEXT) - len(new))
    assert _found(TEXT, "100 EUR", "Preamble. " + TEXT, 1) == TEXT.index("Tax: ") + 5 + 10


def test_other_words_at_the_place_are_never_taken() -> None:
    assert _found(TEXT, "Anna Berg", TEXT.replace("Anna Berg", "Otto Wall")) == "lost"
    assert _found(TEXT, "Hamburg", TEXT.replace("Hamburg", "Kiel")) == "lost"
    # The same word in quite another place is another mention.
    assert _found(TEXT, "Bremen", "Bremen is a city.\n" + TEXT.replace("in Bremen.\n", "there.\n")) == "lost"


def test_other_line_ends_are_the_same_words() -> None:
    new = TEXT.replace("Anna Berg in", "Anna\nBerg  in")
    before, after = document(TEXT), document(new)
    (label,) = found_again([_label(before, span_of(before, "Anna Berg", 1))], after)
    assert label.text == "Anna\nBerg"


def test_a_long_quote_that_stands_there_once_needs_no_context() -> None:
    sentence = "The notice period is three months to the end of a quarter."
    assert _found(f"One. {sentence} Two.", sentence, f"Quite other words {sentence} and others.") == 18
    assert _found(f"One. {sentence} Two.", sentence, f"Quite {sentence} and {sentence} others.") == "lost"


def test_rows_that_are_all_the_same_move_with_their_neighbours() -> None:
    form = "First name: Anna\n" + "Paid: yes, in full, on the day that it was due, by transfer.\n" * 5 + "End of list\n"
    before, after = document(form), document("Heading of some length\n" + form)
    rows = [_label(before, span_of(before, "yes", number), str(number)) for number in range(5)]
    rows.append(_label(before, span_of(before, "Anna")))
    starts = {label.value: label.anchor.span.start for label in found_again(rows, after) if label.anchor}
    assert [starts[str(number)] for number in range(5)] == [span_of(after, "yes", number).start for number in range(5)]


_WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "10 EUR", "Köln", "東京", "x"])


@settings(max_examples=150, deadline=None)
@given(st.lists(_WORDS, min_size=12, max_size=80), st.data())
def test_an_insertion_never_shifts_a_label_onto_other_words(words: list[str], data: st.DataObject) -> None:
    old = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    cut = data.draw(st.integers(0, len(words)))
    new = " ".join([*words[:cut], "INSERTED words", *words[cut:]])
    start = len(" ".join(words[:first])) + (first > 0)
    before, after = document(old), document(new)
    (label,) = found_again([_label(before, Span(start, start + len(words[first])))], after)
    assert label.anchor is not None
    if not label.lost:
        assert label.anchor.span.of(new) == words[first]


def test_labels_go_over_to_the_edited_file_once(labels: Labels) -> None:
    old = document(TEXT, "/docs/c.txt")
    labels.add(old, "entity", "PERSON", span_of(old, "Anna Berg"))
    labels.add(old, "entity", "LOCATION", span_of(old, "Hamburg"))
    labels.add(old, "type", "contract", None)
    new = document("Draft\n" + TEXT.replace("Hamburg", "Kiel"), "/docs/c.txt")
    carried = labels.of(new)
    assert places(carried) == [
        ("type", "contract", ""),
        ("entity", "PERSON", "Anna Berg"),
        ("entity", "LOCATION", "Hamburg"),
    ]
    assert [label.lost for label in carried] == [False, False, True]
    assert labels.of(new) == carried
    assert {label.id for label in carried}.isdisjoint(label.id for label in labels.of(old))
    assert [row.sha256 for row in labels.labelled_documents()] == [new.sha256], "older bytes count no longer"
    assert not labels.can_undo(new.sha256), "nobody did it, so nobody undoes it"
    placed = labels.change(new, carried[2].id, span=span_of(new, "Kiel"), value="LOCATION")
    assert (placed.text, placed.lost) == ("Kiel", False)
    assert [label.text for label in labels.of(new) if label.anchor] == ["Anna Berg", "Kiel"]
    assert len(labels.of(old)) == 3, "the old bytes keep theirs"


def test_removed_labels_do_not_come_back_from_the_older_bytes(labels: Labels) -> None:
    old, new = document(TEXT, "/docs/c.txt"), document("Draft\n" + TEXT, "/docs/c.txt")
    labels.add(old, "entity", "PERSON", span_of(old, "Anna Berg"))
    for label in labels.of(new):
        labels.remove(new, label.id)
    assert labels.of(new) == ()
    labels.undo()
    assert len(labels.of(new)) == 1


def test_another_file_takes_over_nothing(labels: Labels) -> None:
    old, other = document(TEXT, "/docs/c.txt"), document("Draft\n" + TEXT, "/docs/d.txt")
    labels.add(old, "entity", "PERSON", span_of(old, "Anna Berg"))
    assert labels.of(other) == ()
    assert labels.of(document(TEXT, "/elsewhere/c.txt")) == labels.of(old), "a copy of the same bytes has them"


def test_a_change_of_a_carried_label_comes_first(labels: Labels) -> None:
    """The window may hold labels that it read before anything was written for the new bytes."""
    old, new = document(TEXT, "/docs/c.txt"), document("Draft\n" + TEXT, "/docs/c.txt")
    labels.add(old, "entity", "PERSON", span_of(old, "Anna Berg"))
    labels.add(new, "entity", "LOCATION", span_of(new, "Hamburg"))
    assert [label.value for label in labels.of(new)] == ["PERSON", "LOCATION"]


def test_a_newer_extractor_gives_other_offsets(labels: Labels) -> None:
    old = document(TEXT, "/docs/c.txt")
    labels.add(old, "entity", "LOCATION", span_of(old, "Hamburg"))
    text = "Page 1\n" + TEXT
    again = document(text, "/docs/c.txt")
    same_bytes = Document(again.path, old.sha256, "txt", text, again.pages, again.blocks, "en", "c")
    (label,) = labels.of(same_bytes)
    assert label.anchor is not None
    assert label.anchor.span == span_of(same_bytes, "Hamburg")
    labels.add(same_bytes, "entity", "ORGANIZATION", span_of(same_bytes, "Hamburg"))
    assert [each.value for each in labels.of(same_bytes)] == ["ORGANIZATION"], "labelled anew, not twice"


def test_another_document_at_the_same_path_takes_over_nothing(labels: Labels) -> None:
    first = document(TEXT, "/scans/scan.pdf")
    labels.add(first, "entity", "PERSON", span_of(first, "Anna Berg"))
    labels.add(first, "type", "contract", None)
    second = document("Minutes of the board of Otto Wall, who has resigned from it on Monday.", "/scans/scan.pdf")
    assert labels.of(second) == ()
    labels.add(second, "type", "minutes", None)
    assert places(labels.of(second)) == [("type", "minutes", "")]
    assert len(labels.labelled_documents()) == 2, "both count"


def test_a_type_alone_goes_over_where_the_text_is_nearly_the_same(labels: Labels) -> None:
    first = document(TEXT, "/docs/c.txt")
    labels.add(first, "type", "contract", None)
    assert labels.document_type(document(TEXT.replace("Hamburg", "Kiel"), "/docs/c.txt")) == "contract"
