"""Embeddings against the source wheel's own code, and what the encoder promises to its callers."""

from __future__ import annotations

import collections
import functools
import itertools

import numpy as np
import numpy.typing as npt
import pytest

from assistant.errors import Cancelled
from assistant.inference.encoder import MAX_TOKENS, Encoder, Floats
from assistant.inference.tokenizer import BOS, EOS
from assistant.jobs import Context

INT8_COSINE = 0.98
FLOAT_COSINE = 0.9995


def unit(vector) -> Floats:
    values = np.asarray(vector, dtype=np.float32)
    return values / np.linalg.norm(values)


def test_int8_vectors_are_near_the_wheels(reference, embedded: list[Floats]) -> None:
    near = {row.text: float(unit(row.vector) @ vector) for row, vector in zip(reference, embedded, strict=True)}
    # The wheel reads markers of the model in a text as such, this tokenizer as characters (see test_tokenizer.py).
    near = {text: cosine for text, cosine in near.items() if not text.startswith("<s>")}
    low = {text: cosine for text, cosine in near.items() if cosine < INT8_COSINE}
    assert not low
    assert np.median(list(near.values())) > 0.99


def test_float_vectors_are_the_wheels(base, encoder: Encoder, reference) -> None:
    torch = pytest.importorskip("torch")
    from assistant.inference.vocabulary import Vocabulary
    from assistant.training.modeling import load_encoder

    model = load_encoder(base).eval()
    vocabulary = Vocabulary(base / "vocabulary.q4", 250037, 384)
    # Every kind of text, but not all of them: twelve layers in float32 take their time.
    for row in [*reference[:4], *reference[4::3]]:
        if row.text and 3 not in row.ids and not row.text.startswith("<s>"):
            (encoding,) = encoder.tokenizer.encode([f"{row.kind}: {row.text}"])
            ids = np.concatenate([[BOS], encoding.ids, [EOS]])[None]
            with torch.inference_mode():
                vectors = torch.from_numpy(vocabulary.lookup(ids))
                states = model(inputs_embeds=vectors, attention_mask=torch.ones(ids.shape)).last_hidden_state
            mean = unit(states[0].mean(0).numpy())
            assert float(mean @ unit(row.vector)) >= FLOAT_COSINE, row.text


def test_the_model_cards_pairs(embedded: list[Floats]) -> None:
    queries, passages = np.stack(embedded[:2]), np.stack(embedded[2:4])
    cosines = queries @ passages.T
    assert (np.diag(cosines) > 0.9).all(), cosines
    assert cosines[0, 1] < 0.8
    assert cosines[1, 0] < 0.8


def test_vectors_are_unit_and_in_the_order_of_the_texts(encoder: Encoder, reference, embedded: list[Floats]) -> None:
    # Of very different lengths, so that batching by length must reorder them.
    texts = [row.text for row in reference if row.kind == "passage"]
    alone = [vector for row, vector in zip(reference, embedded, strict=True) if row.kind == "passage"]
    together = encoder.embed(texts, "passage", Context())
    assert together.shape == (len(texts), 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    likeness = together @ np.stack(alone).T
    # In a batch the activations are quantized in common, so the vectors are not the same to the last digit.
    assert (np.diag(likeness) > 0.97).all()
    assert (likeness.argmax(axis=1) == np.arange(len(texts))).all()


def test_query_and_passage_are_not_the_same(encoder: Encoder) -> None:
    query, passage = (encoder.embed(["the lease"], kind, Context())[0] for kind in ("query", "passage"))
    assert 0.7 < float(query @ passage) < 0.995


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed([], "passage", Context()).shape == (0, 384)


def test_tokens_are_the_texts_own_pieces(encoder: Encoder) -> None:
    texts = ["short", "甲方应于合同签订后三十日内支付货款。", "", "word " * 700]
    encodings = encoder.tokenizer.encode(texts)
    found = dict(encoder.tokens(encodings, "passage: ", Context()))
    prefix = len(encoder.tokenizer.encode(["passage: "])[0])
    room = MAX_TOKENS - 2 - prefix
    assert {index: states.shape for index, states in found.items()} == {
        index: (min(len(encoding), room), 384) for index, encoding in enumerate(encodings)
    }
    assert len(encodings[3]) > room


def test_mean_of_tokens_is_close_to_the_embedding(encoder: Encoder) -> None:
    text = "The Supplier shall deliver 1,200 units to Rotterdam by 3 May 2025, subject to clause 4."
    ((_, states),) = encoder.tokens(encoder.tokenizer.encode([text]), "passage: ", Context())
    whole = encoder.embed([text], "passage", Context())[0]
    assert float(unit(states.mean(axis=0)) @ whole) > 0.97


def test_work_stops_between_two_batches(encoder: Encoder) -> None:
    ctx = Context()
    found = encoder.tokens(encoder.tokenizer.encode(["word " * 400] * 12), "", ctx)
    next(found)
    ctx.cancel()
    with pytest.raises(Cancelled):
        # What ran already may still come; nothing more is started.
        collections.deque(itertools.islice(found, 10), maxlen=0)


def test_nothing_more_runs_for_a_caller_who_stops_listening(encoder: Encoder) -> None:
    made: list[int] = []

    def feeds(index: int) -> dict[str, Floats | npt.NDArray[np.int64]]:
        made.append(index)
        return {
            "inputs_embeds": np.zeros((1, 16, 384), dtype=np.float32),
            "attention_mask": np.ones((1, 16), dtype=np.int64),
        }

    session = encoder._graph.session
    outputs = session.map([functools.partial(feeds, index) for index in range(200)], lambda: None)
    assert next(outputs)[0].shape == (1, 16, 384)
    outputs.close()
    # The pool's threads take runs in their order: after these, those that were begun are through.
    encoder.embed(["one", "two " * 300, "three " * 300], "passage", Context())
    assert 0 in made
    assert len(made) < 50


def test_an_error_in_a_run_reaches_the_caller(encoder: Encoder) -> None:
    def broken() -> dict[str, Floats]:
        raise LookupError("no such piece")

    with pytest.raises(LookupError, match="no such piece"):
        list(encoder._graph.session.map([broken], lambda: None))
    assert encoder.embed(["still runs"], "query", Context()).shape == (1, 384)


def test_a_row_says_the_same_whatever_runs_beside_it(encoder: Encoder) -> None:
    texts = ["word " * 250, "The lease ends on 3 May. " * 30, "甲方应于合同签订后三十日内支付货款。" * 12]
    encodings = encoder.tokenizer.encode(texts)
    together = dict(encoder.tokens(encodings, "passage: ", Context()))
    for index, encoding in enumerate(encodings):
        # Each of them is longer than a batch of several rows, so the activations are quantized by themselves.
        assert len(encoding) > 150
        ((_, alone),) = encoder.tokens([encoding], "passage: ", Context())
        assert np.array_equal(alone, together[index])


def test_name_stands_in_cache_keys(encoder: Encoder) -> None:
    assert encoder.name == "base@1"
