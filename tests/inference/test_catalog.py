"""Which model a task uses, switching and going back, and models that cannot be used."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import FILE, Manifest, describe
from assistant.inference.runtime import Runtime


def write_model(folder: Path, name: str, task: str = "entities", version: str = "1") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(f"{name} {version}".encode())
    files = describe(folder, ["model.onnx"])
    Manifest(name, task, version, "MIT", files, labels=("O",), metrics={"f1": 0.5}).write(folder)
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A shipped model and two of the user's, for entities; a shipped one for answers."""
    write_model(tmp_path / "shipped" / "entities", "entities")
    write_model(tmp_path / "shipped" / "answers", "answers", "answers")
    write_model(tmp_path / "own" / "mine" / "1", "mine")
    write_model(tmp_path / "own" / "mine" / "2", "mine", version="2")
    return fresh(tmp_path)


def fresh(folder: Path) -> Catalog:
    """As the next start of the program would make it."""
    return Catalog(folder / "shipped", folder / "own", folder / "cache", Runtime(available=lambda: ()))


def code(work) -> str:
    with pytest.raises(ModelError) as caught:
        work()
    return caught.value.code


def test_the_shipped_model_is_active_at_first(catalog: Catalog) -> None:
    assert catalog.name("entities") == "entities@1"
    assert {(item.name, item.version): item.active for item in catalog.models()} == {
        ("entities", "1"): True,
        ("answers", "1"): True,
        ("mine", "1"): False,
        ("mine", "2"): False,
    }


def test_another_model_that_ships_is_used_only_when_it_is_chosen(tmp_path: Path) -> None:
    for name in ("entities", "entities-small", "entities-zz"):
        write_model(tmp_path / "shipped" / name, name, version="3")
    catalog = fresh(tmp_path)
    assert catalog.name("entities") == "entities@3"
    catalog.activate("entities", "entities-small@3")
    assert fresh(tmp_path).name("entities") == "entities-small@3"
    catalog.activate("entities", None)
    assert catalog.name("entities") == "entities@3"


def test_a_choice_lasts_and_every_version_can_be_restored(catalog: Catalog, tmp_path: Path) -> None:
    for chosen in ("mine@1", "mine@2", "mine@1"):
        catalog.activate("entities", chosen)
        assert fresh(tmp_path).name("entities") == chosen
    assert catalog.name("answers") == "answers@1"
    catalog.activate("entities", None)
    assert fresh(tmp_path).name("entities") == "entities@1"
    assert {item.manifest.id for item in catalog.installed()} == {"entities@1", "answers@1", "mine@1", "mine@2"}


def test_a_model_that_is_not_there_changes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    catalog.activate("entities", "mine@2")
    assert code(lambda: catalog.activate("entities", "mine@9")) == "model_missing"
    # A model of another task neither.
    assert code(lambda: catalog.activate("answers", "mine@1")) == "model_missing"
    assert fresh(tmp_path).name("entities") == "mine@2"


def test_the_pointer_is_replaced_whole(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.activate("entities", "mine@1")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        catalog.activate("entities", "mine@2")
    monkeypatch.undo()
    # Interrupted right before the switch: the old choice stands, in one piece.
    assert json.loads((tmp_path / "own" / "active.json").read_text(encoding="utf-8")) == {"entities": "mine@1"}
    assert fresh(tmp_path).name("entities") == "mine@1"


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00\x00"])
def test_a_damaged_pointer_means_the_shipped_models(catalog: Catalog, tmp_path: Path, content: str) -> None:
    (tmp_path / "own" / "active.json").write_text(content, encoding="utf-8")
    assert catalog.name("entities") == "entities@1"
    catalog.activate("entities", "mine@2")
    assert fresh(tmp_path).name("entities") == "mine@2"


def test_a_chosen_model_that_was_deleted_gives_way_to_the_shipped_one(catalog: Catalog, tmp_path: Path) -> None:
    catalog.activate("entities", "mine@2")
    shutil.rmtree(tmp_path / "own" / "mine" / "2")
    assert fresh(tmp_path).name("entities") == "entities@1"


def test_a_broken_model_is_left_out_and_told(
    catalog: Catalog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "own" / "mine" / "1" / FILE).write_text("{", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert "mine@1" not in {item.manifest.id for item in catalog.installed()}
    assert "manifest" in caplog.text
    assert catalog.name("entities") == "entities@1"


def test_a_shipped_model_that_is_missing(catalog: Catalog, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "shipped" / "answers")
    assert code(catalog.answers) == "model_missing"
    assert [item.task for item in catalog.models()] == ["entities"] * 3
    # Entities have their graph, but the base that they stand on is not there.
    assert code(catalog.entities) == "model_missing"


def test_a_tampered_graph_is_not_loaded(tmp_path: Path, base: Path) -> None:
    # The big table stays where it is; only a link to it is needed.
    shipped = tmp_path / "shipped"
    (shipped / "base").mkdir(parents=True)
    for path in base.iterdir():
        content = path.read_bytes() if path.name in (FILE, "tokenizer.npz", "vocabulary.q4") else b"tampered"
        (shipped / "base" / path.name).write_bytes(content)
    assert code(fresh(tmp_path).encoder) == "model_damaged"


def test_a_model_is_loaded_once(base: Path, tmp_path: Path) -> None:
    catalog = Catalog(base.parent, tmp_path, tmp_path, Runtime(available=lambda: ()))
    assert catalog.encoder() is catalog.encoder()
    assert catalog.runtime.info().name == "CPU"
