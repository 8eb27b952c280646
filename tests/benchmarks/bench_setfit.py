"""The document type's rival: setfit's contrastive fine-tuning of the same encoder, on the same draws of examples.

    PYTHONPATH=FOLDER:. python -m tests.benchmarks.bench_setfit [--count 8] [--draws 1] [--iterations 10] [SET ...]

setfit (Tunstall et al. 2022, "Efficient Few-Shot Learning Without Prompts") is no dependency of the project: ``pip
install --target FOLDER setfit sentence-transformers==5.1.0 datasets==3.6.0`` with the versions of torch and
transformers that are there. Sets and draws are those of ``bench_document_types``. Word embeddings are frozen, as the
product's are; passages are cut at 256 pieces; ``--iterations`` pairs of each kind an example (setfit's R).
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from assistant.inference.vocabulary import Vocabulary
from assistant.paths import bundled
from assistant.training.fast_tokenizer import fast_tokenizer
from assistant.training.modeling import configuration, read_encoder
from tests.benchmarks.bench_document_types import DATA, FILES, FIVE, MOST_OF_A_CLASS, OPENING, draw, load

_PIECES = 256


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=["news5", "csl", "gum"])
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--cache", type=Path, help="keep the product's vectors here")
    options = parser.parse_args()
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, models
    from setfit import SetFitModel, Trainer, TrainingArguments

    with tempfile.TemporaryDirectory() as scratch:
        folder = encoder_folder(Path(scratch) / "base")
        for name in options.sets:
            data, texts = load(name, options.cache), texts_of(name)
            dev = [texts[number] for number in np.flatnonzero(data.dev)]
            for seed in range(options.draws):
                rows = draw(data, options.count, seed)
                transformer = models.Transformer(str(folder), max_seq_length=_PIECES)
                body = SentenceTransformer(
                    modules=[
                        transformer,
                        models.Pooling(transformer.get_word_embedding_dimension()),
                        models.Normalize(),
                    ]
                )
                for parameter in body[0].auto_model.embeddings.word_embeddings.parameters():
                    parameter.requires_grad = False
                model: Any = SetFitModel(model_body=body)
                arguments = TrainingArguments(
                    output_dir=str(Path(scratch) / "run"),
                    batch_size=16,
                    num_epochs=1,
                    num_iterations=options.iterations,
                    seed=seed,
                    report_to="none",
                    save_strategy="no",
                    show_progress_bar=False,
                )
                # "query: " is what the encoder was trained with for likeness.
                train = Dataset.from_dict(
                    {"text": ["query: " + texts[row] for row in rows], "label": data.gold[rows].tolist()}
                )
                Trainer(model=model, args=arguments, train_dataset=train).train()
                found = np.asarray(model.predict(["query: " + text for text in dev]))
                right = float((found == data.gold[data.dev]).mean())
                print(json.dumps({"set": name, "examples": options.count, "seed": seed, "setfit": right}), flush=True)


if __name__ == "__main__":
    main()
