"""Export as a standard folder that transformers and optimum load, and its way back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from assistant.errors import Cancelled, ModelError, UsageError, UserError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.training.exporting import export_standard
from assistant.training.importing import import_folder
from assistant.training.versions import Versions
from helpers.processes import environment

SHIPPED = bundled("models")
TEXT = "Angela Merkel met the president of Brazil in Berlin last week."


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_standard(SHIPPED / "entities", SHIPPED, tmp_path_factory.mktemp("export") / "standard", Context())


def test_transformers_and_optimum_say_the_same_as_docent(exported: Path) -> None:
    import torch
    from optimum.onnxruntime import ORTModelForTokenClassification
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(exported)
    module = AutoModelForTokenClassification.from_pretrained(exported).eval()
    graph = ORTModelForTokenClassification.from_pretrained(exported)
    row = tokenizer(TEXT, return_tensors="pt")
    with torch.inference_mode():
        expected = module(**row).logits
    assert float((graph(**row).logits - expected).abs().max()) < 2e-3
    tags = [module.config.id2label[index] for index in expected.argmax(-1)[0].tolist()]
    pieces = tokenizer.convert_ids_to_tokens(row["input_ids"][0])
    assert dict(zip(pieces, tags, strict=True))["▁Berlin"] == "B-LOCATION"

    catalog = Catalog(SHIPPED, exported / "none", exported / "none", Runtime(available=lambda: ()))
    model = catalog.entities()
    encoding = model.tokenizer.encode([TEXT])[0]
    assert encoding.ids.tolist() == row["input_ids"][0].tolist()[1:-1]
    ((_, logits),) = list(model.logits([encoding], Context()))
    assert logits.shape == tuple(expected.shape[1:] - np.array([2, 0]))
    # Docent's own runs in int8.
    assert (logits.argmax(-1) == expected[0, 1:-1].argmax(-1).numpy()).mean() > 0.95


def test_it_comes_back_and_what_was_changed_is_refused(exported: Path, tmp_path: Path) -> None:
    catalog = Catalog(SHIPPED, tmp_path / "models", tmp_path / "cache", Runtime(available=lambda: ()))
    versions = Versions(lambda: catalog, SHIPPED, tmp_path / "models")
    name = import_folder(exported, SHIPPED, versions, Context(), "entities")
    assert name == "my-entities@1"
    back, shipped = Manifest.read(versions.one(name).folder), Manifest.read(SHIPPED / "entities")
    assert (back.labels, back.calibration, back.precision) == (shipped.labels, shipped.calibration, "int8")
    with pytest.raises(ModelError, match="not of answers"):
        import_folder(exported, SHIPPED, versions, Context(), "answers")
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in exported.iterdir():
        if path.name == "config.json":
            shutil.copy(path, changed)
        else:
            (changed / path.name).hardlink_to(path)
    config = json.loads((changed / "config.json").read_text(encoding="utf-8"))
    (changed / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.5}), encoding="utf-8")
    with pytest.raises(ModelError, match="hash does not match"):
        import_folder(changed, SHIPPED, versions, Context(), None)


def test_where_it_cannot_be_put_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        export_standard(SHIPPED / "entities", SHIPPED, tmp_path / "full", Context())
    with pytest.raises(UserError) as caught:
        export_standard(SHIPPED / "entities", SHIPPED, tmp_path / "full" / "mine.txt" / "model", Context())
    assert caught.value.code == "cannot_write"
    with pytest.raises(ModelError, match="small head"):
        export_standard(SHIPPED / "summary", SHIPPED, tmp_path / "head", Context())
    assert not (tmp_path / "head").exists()


def test_an_export_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    ctx = Context()
    ctx.cancel()
    with pytest.raises(Cancelled):
        export_standard(SHIPPED / "entities", SHIPPED, tmp_path / "out" / "model", ctx)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_an_export_that_is_killed_leaves_no_folder_of_that_name(tmp_path: Path) -> None:
    """Whoever finds the folder can load it: it is moved into its place when it is whole."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom assistant.jobs import Context\n"
        "from assistant.training.exporting import export_standard\n"
        "shipped, target = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "export_standard(shipped / 'entities', shipped, target, Context())\n"
    )
    target = tmp_path / "model"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(SHIPPED), str(target)], env=environment(tmp_path), start_new_session=True
    )
    try:
        # In the middle of it: the weights are being written.
        end = threading.Event()
        for _ in range(1200):
            if any(tmp_path.glob(".model.*/model.safetensors")) or child.poll() is not None:
                break
            end.wait(0.1)
        assert child.poll() is None
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert not target.exists()
