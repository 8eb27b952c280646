"""Recall of the passage that holds the answer: words alone, meaning alone, and both, in documents of three sizes.

Run: ``python tests/benchmarks/bench_retrieval.py [--langs en zh] [--split dev] [--questions 500] [--sizes 10 100 1000]
[--fp32 PASSAGES] [--keep FOLDER]``; prints one JSON object. A document is so many neighbouring passages of a text made
of articles, cut as the program cuts it; a question is asked of the document that holds its answer. ``--fp32`` encodes
the first so many passages with the base's float32 weights in torch too and compares the recalls of int8 with them.
``--keep`` keeps the encoded texts between runs. Minutes: about 2 a language for 1,000 passages on 2 quiet cores.

English: squad2_half, squadshifts_new_wiki, clapnq and fairytaleqa; Chinese: cmrc2018 and drcd, whose dev articles are
filled up with training articles that only distract. Targets: "both" is best at every cut-off and size; int8 loses at
most 0.5 points.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.documents import segment
from assistant.inference.catalog import Catalog
from assistant.inference.encoder import Encoder, Graph
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.inference.vocabulary import Vocabulary
from assistant.jobs import Context
from assistant.tasks.index import DocumentIndex
from assistant.tasks.lexical import BM25, question_terms, terms
from assistant.tasks.retrieval import fuse
from assistant.training.answer_documents import Question, articles_of, asked_of_text
from assistant.training.dataset import AnswerRow, read_answers

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "answers"
FILES = {
    "en": ("squad2_half_en", "squadshifts_new_wiki_en", "clapnq_en", "fairytaleqa_en"),
    "zh": ("cmrc2018_zh", "drcd_zh"),
}
CUTS = (1, 5, 20)

Scores = npt.NDArray[np.float32]
Retriever = Callable[[Scores, Scores], Scores]
RETRIEVERS: Mapping[str, Retriever] = {
    "words": lambda words, meaning: words,
    "meaning": lambda words, meaning: meaning,
    "both": fuse,
}


def rows_of(lang: str, split: str) -> list[AnswerRow]:
    rows = []
    for name in FILES[lang]:
        rows += read_answers(DATA / f"{name}.jsonl.gz", (split,))
    if lang == "zh" and split != "train":
        rows += read_answers(DATA / "cmrc2018_zh.jsonl.gz", ("train",))
    return rows


def encoded(lang: str, split: str, passages: int, encoder: Encoder) -> tuple[DocumentIndex, list[Question]]:
    """The first ``passages`` passages of the language's articles, and the split's questions that they answer."""
    rows = rows_of(lang, split)
    asked = {(row.question, row.source) for row in rows if row.split == split}
    whole = asked_of_text(articles_of(rows), lang)
    sentences = segment.sentences(whole.document)
    some = segment.passages(whole.document, sentences)[:passages]
    sentences = sentences[: some[-1].sentences[1]]
    index = DocumentIndex.encode(whole.document, sentences, some, encoder, Context())
    questions = [
        question
        for question in whole.questions
        if question.answers and (question.text, question.source) in asked
        if max(span.end for span in question.answers) <= some[-1].span.end
    ]
    return index, questions


def recalls(
    index: DocumentIndex, questions: Sequence[Question], vectors: Scores, size: int
) -> dict[str, dict[str, float]] | None:
    """``{retriever: {cut-off: percent}}`` in documents of ``size`` passages; None where the text has too few."""
    hits = {name: dict.fromkeys(CUTS, 0) for name in RETRIEVERS}
    language = index.document.language
    lexical: dict[int, BM25] = {}
    asked = 0
    for question, vector in zip(questions, vectors, strict=True):
        gold = [
            number
            for number, passage in enumerate(index.passages)
            if any(passage.span.overlaps(span) for span in question.answers)
        ]
        if not gold:
            continue
        first = gold[0] // size * size
        some = index.passages[first : first + size]
        if len(some) < size:
            continue
        if first not in lexical:
            lexical[first] = BM25([terms(item.span.of(index.document.text), language) for item in some])
        words = lexical[first].scores(question_terms(question.text, language))
        sentences = index.sentence_vectors[some[0].sentences[0] : some[-1].sentences[1]] @ vector
        offset = some[0].sentences[0]
        meaning = np.array(
            [sentences[item.sentences[0] - offset : item.sentences[1] - offset].max() for item in some],
            dtype=np.float32,
        )
        asked += 1
        local = [number - first for number in gold if number < first + size]
        for name, retriever in RETRIEVERS.items():
            order = np.argsort(-retriever(words, meaning), kind="stable")
            rank = int(np.flatnonzero(np.isin(order, local))[0])
            for cut in CUTS:
                hits[name][cut] += rank < cut
    if not asked:
        return None
    found = {name: {f"@{cut}": round(100 * count / asked, 1) for cut, count in by.items()} for name, by in hits.items()}
    return found | {"asked": {"questions": asked}}


class TorchSession:
    """The base's float32 weights behind the same interface as a session of ONNX Runtime."""

    inputs = ("inputs_embeds", "attention_mask")
    batch = 2048

    def __init__(self, base: Path) -> None:
        import torch

        from assistant.training.modeling import load_encoder

        self._torch = torch
        self._model = load_encoder(base, dropout=0.0).eval()

    def run(self, feeds: Mapping[str, npt.NDArray[Any]]) -> list[Scores]:
        with self._torch.inference_mode():
            values = {name: self._torch.from_numpy(np.ascontiguousarray(value)) for name, value in feeds.items()}
            return [self._model(**values).last_hidden_state.numpy()]

    def map(
        self, feeds: Sequence[Callable[[], Mapping[str, Any]]], check: Callable[[], None]
    ) -> Iterator[list[Scores]]:
        for make in feeds:
            check()
            yield self.run(make())


def float_encoder(shipped: Path, like: Encoder) -> Encoder:
    base = shipped / "base"
    manifest = Manifest.read(base)
    vocabulary = Vocabulary(base / "vocabulary.q4", int(manifest.settings["pieces"]), int(manifest.settings["width"]))
    session: Any = TorchSession(base)
    return Encoder(Graph(manifest, session, like.tokenizer, vocabulary))


def compared(lang: str, options: argparse.Namespace, encoder: Encoder, exact: Encoder) -> dict[str, Any]:
    """Recalls of the int8 and the float32 encoder over the same passages and questions."""
    report: dict[str, Any] = {"passages": options.fp32}
    for name, model in (("int8", encoder), ("fp32", exact)):
        index, questions = encoded(lang, options.split, options.fp32, model)
        chosen = drawn(questions, options.questions)
        vectors = model.embed([question.text for question in chosen], "query", Context())
        report[name] = recalls(index, chosen, vectors, len(index.passages))
    return report


def drawn(questions: list[Question], count: int) -> list[Question]:
    return random.Random(7).sample(questions, min(count, len(questions)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--langs", nargs="+", default=["en", "zh"])
    parser.add_argument("--split", default="dev")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--fp32", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true", help="(always)")
    options = parser.parse_args()
    encoder = Catalog(ROOT / "models", ROOT / "none", ROOT / "none", Runtime(available=lambda: ())).encoder()
    report: dict[str, Any] = {"split": options.split}
    for lang in options.langs:
        began = time.perf_counter()
        if options.fp32:
            report[lang] = compared(lang, options, encoder, float_encoder(ROOT / "models", encoder))
        else:
            index, questions = kept(lang, options, encoder)
            chosen = drawn(questions, options.questions)
            vectors = encoder.embed([question.text for question in chosen], "query", Context())
            report[lang] = {str(size): recalls(index, chosen, vectors, size) for size in options.sizes}
        report[lang]["seconds"] = round(time.perf_counter() - began)
    sys.stdout.write(json.dumps(report) + "\n")


def kept(lang: str, options: argparse.Namespace, encoder: Encoder) -> tuple[DocumentIndex, list[Question]]:
    """As :func:`encoded` for the largest size; read from ``--keep`` where it is there already."""
    passages = max(options.sizes)
    if options.keep is None:
        return encoded(lang, options.split, passages, encoder)
    path = options.keep / f"{lang}-{options.split}-{passages}.npz"
    if path.is_file():
        rows = rows_of(lang, options.split)
        whole = asked_of_text(articles_of(rows), lang)
        index = DocumentIndex.from_bytes(path.read_bytes(), whole.document, encoder.name)
        if index is not None:
            asked = {(row.question, row.source) for row in rows if row.split == options.split}
            end = index.passages[-1].span.end
            questions = [
                item
                for item in whole.questions
                if item.answers and (item.text, item.source) in asked and max(s.end for s in item.answers) <= end
            ]
            return index, questions
    index, questions = encoded(lang, options.split, passages, encoder)
    options.keep.mkdir(parents=True, exist_ok=True)
    path.write_bytes(index.to_bytes())
    return index, questions


if __name__ == "__main__":
    main()
