"""Training goes on from a model that exists: its int8 graph back in torch says what the graph says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from assistant.errors import ModelError, UsageError  # noqa: E402
from assistant.inference.dequantize import dequantize  # noqa: E402
from assistant.inference.manifest import Manifest  # noqa: E402
from assistant.inference.runtime import float_session  # noqa: E402
from assistant.paths import bundled  # noqa: E402
from assistant.training import modeling  # noqa: E402
from assistant.training.cli import started_from  # noqa: E402
from assistant.training.recipe import DataSource, Recipe, TrainingParameters  # noqa: E402
from assistant.training.start import as_deep, start_from  # noqa: E402

MODELS = bundled("models")


@pytest.mark.parametrize("name", ["answers", "entities", "entities-small"])
def test_torch_says_what_the_graph_says(name: str, tmp_path: Path) -> None:
    folder, base = MODELS / name, MODELS / "base"
    manifest = Manifest.read(folder)
    if name == "answers":
        model = modeling.load_span_extractor(base, 0.0)
    else:
        layers = int(manifest.training["recipe"]["train"].get("layers", 0))
        model = modeling.load_token_classifier(base, tuple(manifest.labels), 0.0, layers)
    before = model.bert.encoder.layer[-1].output.dense.weight.detach().clone()
    start_from(model, folder, base)
    assert not torch.equal(before, model.bert.encoder.layer[-1].output.dense.weight)
    vectors = torch.randn(2, 24, 384, generator=torch.Generator().manual_seed(0)) * 0.1
    mask = torch.ones(2, 24, dtype=torch.int64)
    with torch.inference_mode():
        output = model.eval()(inputs_embeds=vectors, attention_mask=mask)
    onnx.save(dequantize(onnx.load(folder / manifest.graph)), tmp_path / "float.onnx")
    graph = float_session(tmp_path / "float.onnx")
    expected = graph({"inputs_embeds": vectors.numpy(), "attention_mask": mask.numpy()})
    for one, other in zip(output.values(), expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-3)


def test_a_model_of_fewer_layers_takes_the_first_ones() -> None:
    tags = tuple(Manifest.read(MODELS / "entities").labels)
    models = [modeling.load_token_classifier(MODELS / "base", tags, 0.0, layers) for layers in (0, 3)]
    for model in models:
        start_from(model, MODELS / "entities", MODELS / "base")
    whole, part = (model.state_dict() for model in models)
    assert sum(key.endswith("output.LayerNorm.bias") for key in part) == 2 * 3
    assert all(torch.equal(value, whole[key]) for key, value in part.items())


def test_a_run_from_labels_is_as_deep_as_the_model_that_it_starts_from() -> None:
    made = Recipe("mine", "entities", "1", (), train=TrainingParameters(frozen_layers=8))
    assert as_deep(made, MODELS / "entities", MODELS / "base") == made
    train = as_deep(made, MODELS / "entities-small", MODELS / "base").train
    assert (train.layers, train.frozen_layers) == (6, 4)


def test_a_model_of_another_task_is_refused() -> None:
    model = modeling.load_span_extractor(MODELS / "base", 0.0)
    with pytest.raises(ModelError) as caught:
        start_from(model, MODELS / "entities", MODELS / "base")
    assert caught.value.code == "model_incompatible"


def recipe(start: str, sha256: str = "") -> Recipe:
    return Recipe("mine", "answers", "2", (DataSource("rows.jsonl"),), start=start, start_sha256=sha256)


def test_a_recipe_starts_from_the_model_that_it_names() -> None:
    shipped = Manifest.read(MODELS / "answers")
    digest = shipped.files[shipped.graph].sha256
    for named in ("", digest):
        assert started_from(recipe(shipped.id, named), None) == (recipe(shipped.id, digest), MODELS / "answers")
    # One that is named was made again: what counts is its id, and its own hash is what the manifest will say.
    assert started_from(recipe(shipped.id, "0" * 64), MODELS / "answers")[0].start_sha256 == digest
    assert started_from(recipe(""), None) == (recipe(""), None)
    for wrong, folder in (
        (recipe("answers@1"), None),
        (recipe(shipped.id, "0" * 64), None),
        (recipe("answers@2"), MODELS / "entities"),
        (recipe(""), MODELS / "answers"),
    ):
        with pytest.raises(UsageError):
            started_from(wrong, folder)
