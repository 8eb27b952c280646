"""Entities in int8 ONNX against ``transformers.pipeline("token-classification")`` in float32 torch: speed and F1.

Run: ``python tests/benchmarks/bench_entities.py [--model FOLDER] [--weights best.pt] [--rounds 3] [--limit N]``; prints
one JSON object. ``--no-f1`` and ``--no-speed`` leave out one half.
Both read the same English text with the same weights and threads in one process, in interleaved rounds. Speed is pieces
of the text per second: ours as ``find_entities`` reads sentences, the rival's as the pipeline reads paragraphs of the
same length as our windows, with the better of batch sizes 1 and 8. F1 is of exact spans of people, organizations and
places, English and Chinese, of the int8 graph and of the rival's float32 model, both decoded as the product does at the
model's own threshold (the pipeline's own aggregation keeps the space before a word in the span). Without ``--weights``
(the torch state dict of the training run) the rival's weights are those of the int8 graph, multiplied out: then the F1
shows what quantized activations cost, not what weights do.
Targets: ratio >= 2.5, F1 at most 0.5 points below.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.inference.catalog import Catalog
from assistant.inference.dequantize import dequantize
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.inference.token_classifier import TokenClassifier
from assistant.inference.tokenizer import BOS, EOS, Encoding
from assistant.inference.vocabulary import Vocabulary
from assistant.jobs import Context, JobContext
from assistant.tasks.entities import WINDOW, read_windows
from assistant.tasks.entity_decoding import Tags
from assistant.tasks.plain import document_of_sentences
from assistant.training.dataset import EntityRow, read_entities
from assistant.training.evaluate import evaluate_entities
from assistant.training.fast_tokenizer import fast_tokenizer
from assistant.training.modeling import configuration

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "entities" / "uner_ewt_en.jsonl.gz"
F1_FILES = {
    "uner_ewt_en:dev": DATA,
    "crossner_en:test": DATA.with_name("crossner_en.jsonl.gz"),
    "uner_gsdsimp_zh:dev2": DATA.with_name("uner_gsdsimp_zh.jsonl.gz"),
}


def graph_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The state dict behind the shipped graph, from its float twin: fused nodes taken apart in their order.

    What :mod:`assistant.training.outliers` did is undone: channels that were split off a feed-forward layer are put
    behind the others (their order means nothing), smoothed rows get their size back.
    """
    import onnx
    from onnx import numpy_helper

    graph = dequantize(onnx.load(folder / "model.onnx")).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    state: dict[str, Any] = {}

    def put(name: str, value: Any) -> None:
        state[name] = torch.from_numpy(np.array(value, dtype=np.float32))

    users = {name: node for node in graph.node for name in node.input}
    # Per layer: the products of attention output, up, down; then the classifier's. Split-off layers come beside.
    beside = {node.name for node in graph.node if node.op_type == "MatMul" and node.name.endswith("_float")}
    products = [
        node
        for node in graph.node
        if node.op_type == "MatMul" and set(node.input) & values.keys() and node.name not in beside
    ]
    smoothings = {node.output[0]: values[node.input[1]] for node in graph.node if node.name.endswith("_smoothing")}
    attentions = [node for node in graph.node if node.op_type == "Attention"]
    layers = len(attentions)
    # That of the embeddings, then two a layer. A fused one has the residual before its weights and the bias behind.
    norms = [node for node in graph.node if node.op_type.endswith("LayerNormalization")]

    def put_product(name: str, node: Any) -> None:
        user = users[node.output[0]]
        (kernel,) = (values[item] for item in node.input if item in values)
        bias = values[next(item for item in reversed(user.input) if item in values)]
        if node.input[0] in smoothings:
            kernel = kernel * smoothings[node.input[0]][:, None]
        layer = name.split(".")[3] if name.startswith("bert.encoder.layer.") else ""
        place = f"/bert/encoder/layer.{layer}/output/dense/MatMul"
        if name.endswith("intermediate.dense") and f"{place}_enter" in values:
            kernel = np.concatenate([kernel, values[f"{place}_enter"]], axis=1)
            bias = np.concatenate([bias, values[f"{place}_bias"]])
        elif name.endswith(".output.dense") and ".attention." not in name and f"{place}_leave" in values:
            kernel = np.concatenate([kernel, values[f"{place}_leave"]])
        put(f"{name}.weight", kernel.T)
        put(f"{name}.bias", bias)

    def put_norm(name: str, node: Any) -> None:
        first = 2 if node.op_type == "SkipLayerNormalization" else 1
        for kind, item in zip(("weight", "bias"), node.input[first : first + 2], strict=True):
            put(f"{name}.LayerNorm.{kind}", values[item])

    put_norm("bert.embeddings", norms[0])
    for layer in range(layers):
        prefix = f"bert.encoder.layer.{layer}."
        kernel, bias = (values[name] for name in attentions[layer].input[1:3])
        for part, (weight, offset) in enumerate(zip(np.split(kernel, 3, 1), np.split(bias, 3), strict=True)):
            name = ("query", "key", "value")[part]
            put(f"{prefix}attention.self.{name}.weight", weight.T)
            put(f"{prefix}attention.self.{name}.bias", offset)
        for at, name in enumerate(("attention.output", "intermediate", "output")):
            put_product(f"{prefix}{name}.dense", products[3 * layer + at])
        for at, name in enumerate(("attention.output", "output")):
            put_norm(f"{prefix}{name}", norms[1 + 2 * layer + at])
    put_product("classifier", products[3 * layers])
    for kind in ("position", "token_type"):
        name = f"bert.embeddings.{kind}_embeddings.weight"
        put(name, values[f"{name}_quantized_float"])
    return state


def rival_model(models: Path, folder: Path, weights: Path | None) -> Any:
    """A standard Transformers model with ``input_ids``: the vocabulary table as its word embeddings."""
    base, manifest = models / "base", Manifest.read(folder)
    state = graph_weights(folder)
    layers = 1 + max(int(name.split(".")[3]) for name in state if name.startswith("bert.encoder.layer."))
    config = configuration(base, labels=manifest.labels, layers=layers)
    if weights is not None:
        state = torch.load(weights, weights_only=True, map_location="cpu")
        state.pop("bert.embeddings.word_embeddings.weight", None)
    settings = Manifest.read(base).settings
    pieces, width = int(settings["pieces"]), int(settings["width"])
    table = Vocabulary(base / "vocabulary.q4", pieces, width).lookup(np.arange(pieces))
    config.vocab_size, config.pad_token_id = pieces, 1
    model = transformers.BertForTokenClassification(config)
    state["bert.embeddings.word_embeddings.weight"] = torch.from_numpy(table)
    model.load_state_dict(state, strict=True)
    return model.eval()


def rival_tokenizer(models: Path) -> Any:
    backend = fast_tokenizer(models / "base" / "tokenizer.npz")
    from tokenizers.processors import TemplateProcessing

    backend.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        model_max_length=512, model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def paragraphs(rows: list[EntityRow], sizes: list[int]) -> list[str]:
    """Consecutive sentences joined up to the length of our windows."""
    made: list[str] = []
    held, used = [], 0
    for row, size in zip(rows, sizes, strict=True):
        if held and used + size > WINDOW:
            made.append(" ".join(held))
            held, used = [], 0
        held.append(row.text)
        used += size
    return [*made, " ".join(held)]


class TorchClassifier:
    """The float32 weights where the product has its int8 graph: the same windows, decoding and calibration."""

    def __init__(self, model: Any, like: TokenClassifier) -> None:
        self._model = model
        self.manifest, self.labels, self.tokenizer = like.manifest, like.labels, like.tokenizer
        self.name = "fp32"

    def logits(self, encodings: Sequence[Encoding], ctx: JobContext) -> Iterator[tuple[int, Any]]:
        for index, encoding in enumerate(encodings):
            ctx.check()
            ids = torch.tensor([[BOS, *encoding.ids.tolist(), EOS]])
            with torch.inference_mode():
                yield index, self._model(input_ids=ids).logits[0, 1:-1].numpy()


def points(files: dict[str, Path], ours: TokenClassifier, exact: TorchClassifier, limit: int | None) -> dict[str, Any]:
    """F1 of the int8 graph and of the float32 weights over the same rows."""
    report: dict[str, Any] = {}
    for name, path in files.items():
        rows = read_entities(path, (name.rpartition(":")[2],))[:limit]
        int8, fp32 = (
            float(evaluate_entities(rows, model, Context(), rules=False)["names_f1"]) for model in (ours, exact)
        )
        report[name] = {
            "rows": len(rows), "int8": round(int8, 4), "fp32": round(fp32, 4), "points": round(100 * (int8 - fp32), 2)
        }  # fmt: skip
    return report


def speeds(rows: list[EntityRow], ours: TokenClassifier, pipeline: Any, rounds: int) -> dict[str, Any]:
    """Pieces per second of both, in interleaved rounds."""
    tags, ctx = Tags.of(ours.labels), Context()
    sizes = [len(encoding) for encoding in ours.tokenizer.encode([row.text for row in rows])]
    parts = max(2 * rounds, 2)
    bounds = [len(rows) * part // parts for part in range(parts + 1)]
    rates: dict[str, list[float]] = {"ours": [], "rival": []}

    def read_ours(first: int, last: int) -> None:
        document, sentences = document_of_sentences([row.text for row in rows[first:last]], "en")
        list(read_windows(document.text, sentences, ours, tags, 1.0, ctx))

    def read_rival(first: int, last: int, batch: int) -> None:
        pipeline(paragraphs(rows[first:last], sizes[first:last]), batch_size=batch)

    def seconds(work: Any, *arguments: int) -> float:
        began = time.perf_counter()
        work(*arguments)
        return time.perf_counter() - began

    warm = min(40, len(rows))
    read_ours(0, warm)
    read_rival(0, warm, 8)
    batch = min((1, 8), key=lambda size: seconds(read_rival, 0, warm, size))
    for number, (first, last) in enumerate(pairwise(bounds)):
        pieces = sum(sizes[first:last])
        order = [("ours", (first, last)), ("rival", (first, last, batch))]
        # Whoever goes first finds the caches as the other left them: take turns.
        for name, arguments in order if number % 2 else reversed(order):
            work = read_ours if name == "ours" else read_rival
            rates[name].append(pieces / seconds(work, *arguments))
    ratios = [a / b for a, b in zip(rates["ours"], rates["rival"], strict=True)]
    return {
        "rows": len(rows),
        "pieces": sum(sizes),
        "rival_batch": batch,
        "tokens_per_s": round(median(rates["ours"])),
        "rival_tokens_per_s": round(median(rates["rival"])),
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--model", type=Path, help="another model than the one that ships")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--no-f1", action="store_true", help="speed only")
    parser.add_argument("--no-speed", action="store_true", help="F1 only")
    parser.add_argument("--json", action="store_true", help="the output is JSON in any case")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    if not DATA.is_file():
        sys.exit(f"needs {DATA}")
    rows = read_entities(DATA, ("dev",))[: options.limit]
    nowhere = Path(tempfile.gettempdir()) / "docent-bench-none"
    runtime = Runtime(threads=options.threads, available=lambda: ())
    folder = options.model or options.models / "entities"
    ours = Catalog(options.models, nowhere, nowhere, runtime).load_entities(folder)
    pipeline = transformers.pipeline(
        "token-classification", model=rival_model(options.models, folder, options.weights),
        tokenizer=rival_tokenizer(options.models), aggregation_strategy="first", device="cpu",
    )  # fmt: skip
    gc.collect()

    result: dict[str, Any] = {
        "model": ours.name,
        "layers": pipeline.model.config.num_hidden_layers,
        "threads": options.threads,
        "weights": "state dict" if options.weights else "of the int8 graph",
    }
    if not options.no_speed:
        result |= speeds(rows, ours, pipeline, options.rounds)
    if not options.no_f1:
        result["f1"] = points(F1_FILES, ours, TorchClassifier(pipeline.model, ours), options.limit)
    if hasattr(os, "getloadavg"):
        result["load"] = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
