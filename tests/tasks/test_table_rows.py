from __future__ import annotations

import pytest

from assistant.jobs import Context
from assistant.tasks.answerability import Scope
from assistant.tasks.ask import read
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.tasks.retrieval import retrieve
from assistant.tasks.table_rows import rows_of, whole_cell
from assistant.types import Block, Document, Span
from helpers.small_models import SmallEncoder, SmallReader

ROWS = [
    "Component\tBasis\tAnnual fee",
    "Forecasting\tdaily horizon\t520,000",
    "Training\tup to 40 days\t60,000",
    "Total\t\t580,000",
]
TEXT = "The fee is made up as shown below.\n" + "\n".join(ROWS)


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    plain = plain_document(TEXT, "en")
    blocks, at = [Block(Span(0, TEXT.index("\n")), "paragraph")], TEXT.index("\n") + 1
    for row in ROWS:
        blocks.append(Block(Span(at, at + len(row)), "table_row"))
        at += len(row) + 1
    document = Document(plain.path, plain.sha256, "txt", TEXT, plain.pages, tuple(blocks), "en", "")
    return DocumentIndex.build(document, SmallEncoder(), Context())


def test_rows_are_written_out_with_their_headings_and_lead_back_to_the_cells(index: DocumentIndex) -> None:
    (row,) = rows_of(index, range(len(index.passages)), lambda span: float("Training" in span.of(TEXT)), 5)
    assert row.text == "Component: Training. Basis: up to 40 days. Annual fee: 60,000."
    at = row.text.index("60,000")
    place = row.place(at - 3, at + 7)
    assert place is not None
    assert place.of(TEXT) == "60,000"
    assert row.place(0, 5) is None
    days = row.text.index("40")
    found = row.place(days, days + 2)
    assert found is not None
    assert found == Span(TEXT.index("40"), TEXT.index("40") + 2)


def test_the_best_rows_are_chosen_and_a_row_of_another_shape_has_no_headings(index: DocumentIndex) -> None:
    rows = rows_of(index, range(len(index.passages)), lambda span: len(span) / 100, 2)
    assert len(rows) == 2
    (total,) = rows_of(index, range(len(index.passages)), lambda span: float("Total" in span.of(TEXT)), 5)
    assert total.text == "Total. 580,000."
    assert rows_of(index, range(len(index.passages)), lambda span: 0.0, 5) == []


def test_the_reader_marks_cells(index: DocumentIndex) -> None:
    question = "What does training cost?"
    vector = SmallEncoder().embed([question], "query", Context())[0]
    ranking = retrieve(index, question, vector, Context())
    scope = Scope(index, question, ranking, index.lexical())
    reader = SmallReader()
    readings = read(index, reader, question, ranking.order, Context(), None, scope)
    assert reader.read[-1].startswith("Component: Training.")
    assert "60,000" in {reading.span.of(TEXT) for reading in readings}


def test_an_answer_that_is_most_of_a_cell_is_the_cell(index: DocumentIndex) -> None:
    passage = len(index.passages) - 1

    def cell(words: str) -> str:
        at = TEXT.index(words)
        return whole_cell(index, passage, Span(at, at + len(words))).of(TEXT)

    assert cell("to 40 days") == "up to 40 days"
    assert cell("60,0") == "60,000"
    assert cell("60,000") == "60,000"
    # A small part of it may be all that was asked for.
    assert cell("40") == "40"
    # Over several cells, and outside of the table.
    assert cell("Training\tup") == "Training\tup"
    assert cell("made up as") == "made up as"
