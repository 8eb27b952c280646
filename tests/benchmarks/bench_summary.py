"""ROUGE-1/2/Lsum of Lead, LexRank, TextRank (sumy), the product and the greedy oracle, on the same sentences.

    python -m tests.benchmarks.bench_summary [--sumy FOLDER] [--limit N] [--json] [DATA:SPLIT:SENTENCES ...]

sumy is no dependency of the project: ``pip install --target FOLDER sumy`` and name the folder. The default data are
SciTLDR dev (1 sentence), QMSum dev and AMI dev (10 turns) and ScisummNet dev (10 sentences of the paper without its
abstract; it is measured on, never trained on). Set DOCENT_VECTORS to a folder to encode each document only once.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import document_of_sentences
from assistant.tasks.summarize import SummaryOptions, extract
from assistant.training.dataset import SummaryRow, read_summaries
from assistant.training.heads_data import passages_of, vectors_of
from assistant.training.metrics import RougeScorer
from assistant.training.oracle import oracle

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "summaries"
DEFAULT = ("scitldr_en:dev:1", "qmsum_en:dev:10", "ami_salience_en:dev:10", "scisumm_en:dev:10")
# sumy's own rule for what is a word; its NLTK tokenizer wants a download for sentences, which are given here.
_WORD = re.compile(r"^[^\W\d_](?:[^\W\d_]|['-])*$")

Chooser = Callable[[SummaryRow, int], Sequence[int]]


class _Words:
    def __init__(self) -> None:
        from nltk.tokenize.destructive import NLTKWordTokenizer

        self._tokenizer = NLTKWordTokenizer()

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(word for word in self._tokenizer.tokenize(sentence) if _WORD.match(word))


def sumy(name: str) -> Chooser:
    """``LexRank`` or ``TextRank`` with sumy's English stemmer and stop words."""
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.nlp.stemmers import Stemmer
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer
    from sumy.utils import get_stop_words

    summarizer: Any = (LexRankSummarizer if name == "LexRank" else TextRankSummarizer)(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    words = _Words()

    def choose(row: SummaryRow, count: int) -> Sequence[int]:
        model = ObjectDocumentModel([Paragraph([Sentence(text, words) for text in row.sentences])])
        places = {id(sentence): number for number, sentence in enumerate(model.sentences)}
        return sorted(places[id(sentence)] for sentence in summarizer(model, count))

    return choose


def product(folder: Path | None, options: SummaryOptions) -> Chooser:
    nowhere = Path("nowhere")
    catalog = Catalog(bundled("models"), nowhere, nowhere, Runtime(available=lambda: ()))
    encoder = catalog.encoder()
    salience = catalog.summary() if folder is None else catalog.load_summary(folder)

    def choose(row: SummaryRow, count: int) -> Sequence[int]:
        document, sentences = document_of_sentences(row.sentences, row.lang)
        vectors = vectors_of(row.sentences, row.lang, encoder)
        passages = passages_of(sentences)
        index = DocumentIndex(document, encoder.name, sentences, passages, vectors, vectors[: len(passages)])
        rows = range(len(sentences))
        return [number for number, _ in extract(document, index, rows, salience, count, Context(), options)]

    return choose


def references(row: SummaryRow) -> list[Sequence[str] | str]:
    if row.reference:
        return list(row.reference)
    labels = row.labels or ()
    return [[text for text, label in zip(row.sentences, labels, strict=False) if label]]


def greedy(row: SummaryRow, count: int) -> Sequence[int]:
    """The oracle: by words and word pairs, of the reference with which it comes out best."""
    wanted = [text if isinstance(text, str) else " ".join(text) for text in references(row)]
    found = []
    for text in wanted:
        chosen = [number for number, label in enumerate(oracle(row.sentences, [text], count)) if label]
        scores = RougeScorer().add([row.sentences[number] for number in chosen], [text])
        found.append((scores["rouge1"] + scores["rouge2"], chosen))
    return max(found)[1]


def read(name: str, split: str) -> list[SummaryRow]:
    path = DATA / f"{name}.jsonl.gz"
    rows = read_summaries(path, [split])
    if name != "scisumm_en":
        return rows
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raw = {row["id"]: row for row in map(json.loads, lines)}
    # The human summary leans on the abstract: a summary of the paper's body is what is asked here.
    heads = [int(raw[row.id].get("abstract_sentences") or 0) for row in rows]
    return [replace(row, sentences=row.sentences[head:], labels=None) for row, head in zip(rows, heads, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", default=DEFAULT)
    parser.add_argument("--sumy", type=Path, help="folder where sumy is installed")
    parser.add_argument("--model", type=Path, help="folder of a salience model; the shipped one by default")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--systems", default="Lead,LexRank,TextRank,Docent,oracle")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.sumy is not None:
        sys.path.append(str(options.sumy))
    makers: dict[str, Callable[[], Chooser]] = {
        "Lead": lambda: lambda row, count: range(min(count, len(row.sentences))),
        "LexRank": lambda: sumy("LexRank"),
        "TextRank": lambda: sumy("TextRank"),
        "Docent": lambda: product(options.model, SummaryOptions()),
        "oracle": lambda: greedy,
    }
    for source in options.data:
        name, split, count = source.split(":")
        rows = read(name, split)[: options.limit]
        for system in options.systems.split(","):
            choose, scorer = makers[system](), RougeScorer()
            for row in rows:
                chosen = choose(row, int(count))
                scorer.add([row.sentences[number] for number in chosen], references(row))
            found = {key: round(100 * value, 1) for key, value in scorer.report().items()}
            if options.json:
                print(json.dumps({"data": source, "rows": len(rows), "system": system, **found}), flush=True)
            else:
                print(f"{source:26} {len(rows):4}  {system:9}", *found.values(), flush=True)


if __name__ == "__main__":
    main()
