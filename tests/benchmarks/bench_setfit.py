"""The document type's rival: setfit's contrastive fine-tuning of the same encoder, on the same draws of examples.

    PYTHONPATH=FOLDER:. python -m tests.benchmarks.bench_setfit [--counts 8 32] [--draws 4] [--iterations 10] [SET ...]

setfit (Tunstall et al. 2022, "Efficient Few-Shot Learning Without Prompts") is no dependency of the project: ``pip
install --target FOLDER setfit sentence-transformers==5.1.0 datasets==3.6.0`` with the versions of torch and
transformers that are there. Sets and draws are those of ``bench_document_types``. Word embeddings are frozen, as the
product's are; texts are cut at ``--pieces``; ``--iterations`` pairs of each kind an example (setfit's R), at most
``--steps`` steps of 16 pairs. The product's side, in the same run, reads the examples (passages, vectors) and learns;
its class names and descriptions are part of what it knows, as in use, and it is also shown without them. Seconds are
from the labels to a model that answers; setfit's export to ONNX is not counted, the product's encoder is ONNX.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers

from assistant.inference.catalog import Catalog
from assistant.inference.runtime import Runtime
from assistant.inference.vocabulary import Vocabulary
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.tasks.base import Encoder
from assistant.tasks.few_shot import Examples, FewShotClassifier, document_vector
from assistant.tasks.index import DocumentIndex
from assistant.tasks.plain import plain_document
from assistant.training.fast_tokenizer import fast_tokenizer
from assistant.training.modeling import configuration, read_encoder
from tests.benchmarks.bench_document_types import DATA, FILES, FIVE, MOST_OF_A_CLASS, OPENING, Set, draw, load


def encoder_folder(folder: Path) -> Path:
    """The shipped base as the folder that Transformers and sentence-transformers read."""
    base = bundled("models") / "base"
    _, state = read_encoder(base / "encoder.safetensors")
    config = configuration(base)
    # Blocks of 32 weights take 18 bytes.
    config.vocab_size = (base / "vocabulary.q4").stat().st_size // (config.hidden_size // 32 * 18)
    rows = Vocabulary(base / "vocabulary.q4", config.vocab_size, config.hidden_size).lookup(
        np.arange(config.vocab_size)
    )
    model = transformers.BertModel(config, add_pooling_layer=False)
    state["embeddings.word_embeddings.weight"] = torch.from_numpy(rows)
    model.load_state_dict(state, strict=True)
    model.save_pretrained(folder)
    tokenizer = fast_tokenizer(base / "tokenizer.npz")
    from tokenizers.processors import TemplateProcessing

    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)
    return folder


def texts_of(name: str) -> list[str]:
    """The texts of ``bench_document_types.load(name)``'s rows, in its order."""
    found, seen = [], Counter[tuple[str, str]]()
    for file in FILES[name]:
        with gzip.open(DATA / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                seen[row["label"], row["split"]] += 1
                wanted = row["split"] == "dev" or seen[row["label"], row["split"]] <= MOST_OF_A_CLASS
                if wanted and (name != "news5" or row["label"] in FIVE):
                    found.append(row["text"][: OPENING[name]])
    return found


def product(
    name: str, data: Set, texts: Sequence[str], rows: npt.NDArray[np.int64], encoder: Encoder
) -> dict[str, float]:
    """Accuracy on dev with and without descriptions, seconds to read the examples and learn."""
    began = time.perf_counter()
    lang = "zh" if name.startswith("csl") else "en"
    vectors = [
        document_vector(DocumentIndex.build(plain_document(texts[row], lang), encoder, Context())) for row in rows
    ]
    examples = Examples(np.stack(vectors), tuple(data.labels[label] for label in data.gold[rows]))
    model = FewShotClassifier(data.labels, examples)
    seconds = time.perf_counter() - began
    asked, gold = data.vectors[data.dev], data.gold[data.dev]
    scores = {
        key: float((model.probabilities(asked, prior).argmax(axis=1) == gold).mean())
        for key, prior in (("product", data.prior[data.dev]), ("without_descriptions", None))
    }
    return {**scores, "product_seconds": seconds}


def rival(
    folder: Path, texts: Sequence[str], gold: Sequence[int], dev: Sequence[str], seed: int, options: argparse.Namespace
) -> tuple[npt.NDArray[np.int64], float]:
    """What setfit says of ``dev`` and the seconds that its training took."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression

    began = time.perf_counter()
    transformer = models.Transformer(str(folder), max_seq_length=options.pieces)
    pooling = models.Pooling(transformer.get_word_embedding_dimension())
    body = SentenceTransformer(modules=[transformer, pooling, models.Normalize()])
    for parameter in body[0].auto_model.embeddings.word_embeddings.parameters():
        parameter.requires_grad = False
    model: Any = SetFitModel(model_body=body, model_head=LogisticRegression(max_iter=1000))
    arguments = TrainingArguments(
        output_dir=str(folder.parent / "run"),
        batch_size=16,
        num_epochs=1,
        num_iterations=options.iterations,
        max_steps=options.steps,
        seed=seed,
        report_to="none",
        save_strategy="no",
        show_progress_bar=False,
    )
    # "query: " is what the encoder was trained with for likeness.
    train = Dataset.from_dict({"text": ["query: " + text for text in texts], "label": list(gold)})
    Trainer(model=model, args=arguments, train_dataset=train).train()
    seconds = time.perf_counter() - began
    return np.asarray(model.predict(["query: " + text for text in dev])), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=["news5", "csl"])
    parser.add_argument("--counts", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--steps", type=int, default=-1)
    parser.add_argument("--pieces", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="keep the product's vectors here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    nowhere = Path("nowhere")
    encoder = Catalog(bundled("models"), nowhere, nowhere, Runtime(available=lambda: ())).encoder()
    with tempfile.TemporaryDirectory() as scratch:
        folder = encoder_folder(Path(scratch) / "base")
        for name in options.sets:
            data, texts = load(name, options.cache), texts_of(name)
            dev = [texts[number] for number in np.flatnonzero(data.dev)]
            for count in options.counts:
                for seed in range(options.draws):
                    rows = draw(data, count, seed)
                    ours = product(name, data, texts, rows, encoder)
                    found, seconds = rival(
                        folder, [texts[row] for row in rows], data.gold[rows].tolist(), dev, seed, options
                    )
                    right = float((found == data.gold[data.dev]).mean())
                    line = {"set": name, "examples": count, "seed": seed, **ours, "setfit": right}
                    print(json.dumps({**line, "setfit_seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
