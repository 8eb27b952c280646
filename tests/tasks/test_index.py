from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import Cancelled
from assistant.jobs import Context, Progress
from assistant.tasks.index import PREFIX, WINDOW_TOKENS, DocumentIndex
from assistant.tasks.plain import document_of_sentences, plain_document
from assistant.types import Passage, Span
from helpers.small_models import SmallEncoder

TEXT = """Services Agreement

The Supplier delivers software. The Client pays a fee of 1,240,000 euros.

本合同自双方签字之日起生效。期限为十二个月。

Either party may terminate this agreement with 30 days notice."""


def test_every_part_of_the_text_is_encoded_once() -> None:
    encoder = SmallEncoder()
    document = plain_document(TEXT)
    index = DocumentIndex.build(document, encoder, Context())
    own = sum(len(encoder.tokenizer.encode([passage.span.of(document.text)])[0].ids) for passage in index.passages)
    assert sum(encoder.lengths) == own
    assert encoder.prefixes == {PREFIX}


def test_a_sentence_vector_is_the_mean_of_its_own_tokens() -> None:
    encoder = SmallEncoder()
    document = plain_document(TEXT)
    index = DocumentIndex.build(document, encoder, Context())
    assert len(index.sentences) >= 6
    for number, sentence in enumerate(index.sentences):
        ids = encoder.tokenizer.encode([sentence.span.of(document.text)])
        ((_, states),) = encoder.tokens(ids, "", Context())
        mean = states.mean(axis=0)
        # The small encoder has no context, so late chunking must give exactly the sentence's own mean.
        assert index.sentence_vectors[number] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert np.linalg.norm(index.passage_vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_long_passages_are_cut_between_sentences_and_lose_nothing() -> None:
    sentences = [f"Sentence number {number} is about clause {number} of the agreement." for number in range(130)]
    sentences.append("word " * 1200 + "end.")
    document, spans = document_of_sentences(sentences, "en")
    passages = [Passage(Span(0, len(document.text)), (0, len(spans)))]
    encoder = SmallEncoder()
    index = DocumentIndex.encode(document, spans, passages, encoder, Context())
    assert max(encoder.lengths) <= WINDOW_TOKENS
    assert sum(encoder.lengths) == len(encoder.tokenizer.encode([document.text])[0].ids)
    alone = encoder.embed([sentences[70]], "passage", Context())[0]
    assert float(index.sentence_vectors[70] @ alone) > 0.999
    assert np.linalg.norm(index.sentence_vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_stored_and_read_again_it_is_the_same() -> None:
    document = plain_document(TEXT)
    index = DocumentIndex.build(document, SmallEncoder(), Context())
    again = DocumentIndex.from_bytes(index.to_bytes(), document, "small@1")
    assert again is not None
    assert again.sentences == index.sentences
    assert again.passages == index.passages
    assert again.passage_vectors == pytest.approx(index.passage_vectors, abs=1e-3)
    assert again.sentence_vectors.dtype == np.float32


def test_a_stored_index_of_something_else_is_not_used() -> None:
    document = plain_document(TEXT)
    stored = DocumentIndex.build(document, SmallEncoder(), Context()).to_bytes()
    assert DocumentIndex.from_bytes(stored, document, "other@2") is None
    assert DocumentIndex.from_bytes(stored, plain_document(TEXT + "!"), "small@1") is None
    assert DocumentIndex.from_bytes(stored[: len(stored) // 2], document, "small@1") is None
    assert DocumentIndex.from_bytes(b"", document, "small@1") is None
    assert DocumentIndex.from_bytes(b"\x80\x04not an archive", document, "small@1") is None


def test_indexing_stops_when_told_to_and_reports_how_far_it_is() -> None:
    seen: list[Progress] = []
    document = plain_document("\n\n".join(f"{'Words of paragraph ' * 40}{number}." for number in range(20)))
    full = Context(seen.append)
    DocumentIndex.build(document, SmallEncoder(), full)
    assert seen[0].done == 0
    assert seen[-1].done == seen[-1].total > 5
    assert {item.stage for item in seen} == {"indexing"}

    batches = 0

    def third() -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            ctx.cancel()

    ctx = Context()
    with pytest.raises(Cancelled):
        DocumentIndex.build(document, SmallEncoder(third), ctx)
    assert batches == 3


def test_a_document_without_text_has_an_empty_index() -> None:
    document = plain_document("  \n ")
    index = DocumentIndex.build(document, SmallEncoder(), Context())
    assert index.empty
    assert len(index.lexical().scores(["word"])) == 0
    assert DocumentIndex.from_bytes(index.to_bytes(), document, "small@1") is not None


class _Kept:
    """Parts of an index in memory."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.data.get(name)

    def put(self, name: str, part: bytes) -> None:
        self.data[name] = part

    def drop(self) -> None:
        self.data.clear()


def test_a_table_of_many_rows_is_encoded_as_well_without_keeping_the_pieces_of_all_of_them() -> None:
    document, spans = document_of_sentences([f"{number} Customer {number % 97} Ltd" for number in range(2200)], "en")
    passages = [Passage(sentence.span, (number, number + 1)) for number, sentence in enumerate(spans)]
    encoder, other = SmallEncoder(), SmallEncoder()
    # Without a place for parts all pieces are kept.
    whole = DocumentIndex.encode(document, spans, passages, encoder, Context())
    found = DocumentIndex.encode(document, spans, passages, other, Context(), _Kept())
    assert sum(other.lengths) == sum(encoder.lengths)
    assert np.array_equal(found.sentence_vectors, whole.sentence_vectors)
    assert np.array_equal(found.passage_vectors, whole.passage_vectors)
