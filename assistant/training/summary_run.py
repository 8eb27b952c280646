"""What a run from labels does for summaries: the head that it starts from, held-out documents, earlier skills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ModelError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.jobs import JobContext, Progress, Quiet
from assistant.tasks.summarize import summarize
from assistant.training import replay
from assistant.training.comparing import Held
from assistant.training.comparing_summaries import compare_summaries
from assistant.training.dataset import SummaryRow
from assistant.training.evaluate import evaluate_summary
from assistant.training.questions import Indices, document_of
from assistant.training.steps import ResultState
from assistant.types import Span


def start_head(model: Any, folder: Path) -> None:
    """Give a :class:`assistant.training.heads.SalienceHead` the weights of the model in ``folder``.

    The exporter names biases and norms as torch does; a product's weights are those whose sum goes to a bias. Raises
    ModelError where the layers are others.
    """
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(Manifest.read(folder).verified_graph(folder)).graph
    values = {item.name: np.asarray(numpy_helper.to_array(item)) for item in graph.initializer}
    products = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    state = {name: torch.from_numpy(value.copy()) for name, value in values.items() if "::" not in name}
    for node in graph.node:
        if node.op_type == "Add" and node.input[0].endswith(".bias") and node.input[1] in products:
            kernel = values.get(products[node.input[1]])
            if kernel is not None:
                name = node.input[0].removesuffix(".bias") + ".weight"
                state[name] = torch.from_numpy(np.array(kernel.T, order="C"))
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise ModelError("model_incompatible", path=str(folder), why="its layers are others") from error


def compared(
    folder: Path, examples: Sequence[Held], wanted: dict[str, Any], catalog: Catalog, new: Path, old: Path | None,
    ctx: JobContext,
) -> ResultState:  # fmt: skip
    """The short summaries of the held-out documents by both models."""
    indices, encoder = Indices(), catalog.encoder()
    documents = {name: document_of(folder, name) for name in dict.fromkeys(item.document for item in examples)}

    def chosen(place: Path) -> list[list[Span]]:
        model = catalog.load_summary(place)
        found = []
        for number, example in enumerate(examples):
            document = documents[example.document]
            summary = summarize(document, indices.of(document, encoder, ctx), model, "short", Quiet(ctx))
            found.append([sentence.span for sentence in summary.sentences])
            ctx.report(Progress("evaluating", number + 1, len(examples)))
        return found

    name = Manifest.read(new).id
    before = None if old is None else chosen(old)
    return compare_summaries(wanted["run"], name, wanted["current_id"], examples, documents, chosen(new), before)


def earlier_skills(
    path: Path, catalog: Catalog, new: Path, old: Path, ctx: JobContext
) -> dict[str, tuple[float, float]]:
    """ROUGE-1 ``(before, after)`` on earlier documents that were not trained on."""
    rows = [
        SummaryRow(
            row["id"], row["split"], row["lang"], row["source"], row["kind"], row["title"], tuple(row["sentences"]),
            None, tuple(row["reference"]),
        )
        for row in replay.read(path)
        if row["split"] == "test"
    ]  # fmt: skip
    if not rows:
        return {}
    before, after = (
        evaluate_summary(rows, catalog.encoder(), catalog.load_summary(place), Quiet(ctx))["rouge1"]
        for place in (old, new)
    )
    return {"": (round(before, 4), round(after, 4))}
