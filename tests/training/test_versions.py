"""Versions: installed whole or not at all, activated, rolled back, renamed, deleted; folders that are refused."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from assistant.errors import ModelError, UsageError, UserError, message
from assistant.inference.catalog import Catalog
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import Runtime
from assistant.jobs import Context
from assistant.paths import bundled
from assistant.training.importing import import_folder
from assistant.training.versions import Versions

SHIPPED = bundled("models")


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    catalog = Catalog(SHIPPED, tmp_path / "models", tmp_path / "cache", Runtime(available=lambda: ()))
    return Versions(lambda: catalog, SHIPPED, tmp_path / "models")


def current(versions: Versions, task: str = "entities") -> str:
    (row,) = [row for row in versions.all() if row.task == task and row.active]
    return row.id


def test_a_version_is_installed_activated_and_rolled_back(versions: Versions, tmp_path: Path) -> None:
    assert versions.install(SHIPPED / "entities", "mine", training={"parent": "entities@2", "created": 5.0}) == "mine@1"
    assert versions.install(SHIPPED / "entities", "mine") == "mine@2"
    assert current(versions) == "entities@2"
    first = versions.one("mine@1")
    assert (first.parent, first.created, first.active, first.shipped) == ("entities@2", 5.0, False, False)
    assert "PERSON" in first.labels
    versions.activate("mine@1")
    versions.activate("mine@2")
    assert current(versions) == "mine@2"
    assert versions.roll_back("entities").id == "mine@1"
    assert versions.roll_back("entities").id == "entities@2"
    assert current(versions) == "entities@2"
    with pytest.raises(UsageError, match="nothing to go back to"):
        versions.roll_back("entities")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_the_smaller_model_that_ships_is_chosen_and_left_again(versions: Versions, tmp_path: Path) -> None:
    small = versions.activate("entities-small@1")
    assert small.shipped
    assert current(versions) == "entities-small@1"
    assert versions.roll_back("entities").id == "entities@2"
    versions.activate("entities-small@1")
    versions.activate("entities@2")
    # The default is followed by its newer ones.
    assert json.loads((tmp_path / "models" / "active.json").read_text()) == {}


def test_going_back_passes_over_a_version_that_is_gone(versions: Versions) -> None:
    for _ in range(2):
        versions.install(SHIPPED / "entities", "mine")
    for name in ("mine@1", "mine@2"):
        versions.activate(name)
    versions.delete("mine@1")
    assert versions.roll_back("entities").id == "entities@2"


def test_what_cannot_be_deleted_is_told(versions: Versions) -> None:
    versions.install(SHIPPED / "entities", "mine")
    versions.activate("mine@1")
    for name, code in (("mine@1", "version_active"), ("entities@2", "version_shipped"), ("no@9", "version_missing")):
        with pytest.raises(UsageError) as caught:
            versions.delete(name)
        assert caught.value.code == code
    assert versions.rename("mine@1", "  Our   contracts ").title == "Our contracts"
    assert versions.one("mine@1").title == "Our contracts"
    compared = versions.compare("mine@1", "entities@2")
    assert all(one and other for _, one, other in compared.labels)


def test_a_damaged_version_is_not_activated(versions: Versions) -> None:
    versions.install(SHIPPED / "entities", "mine")
    graph = versions.one("mine@1").folder / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError) as caught:
        versions.activate("mine@1")
    assert caught.value.code == "model_damaged"
    assert current(versions) == "entities@2"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_a_sentence(versions: Versions, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models").chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(UserError) as caught:
        versions.install(SHIPPED / "entities", "mine")
    assert caught.value.code == "cannot_write"


def test_a_folder_that_cannot_be_made_is_a_sentence(versions: Versions, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        versions.install(SHIPPED / "summary", "mine")
    assert caught.value.code == "cannot_write"
    assert "Check its permissions" in str(caught.value)


# --- folders from elsewhere ---------------------------------------------------------------------------------------


def bring(folder: Path, versions: Versions) -> str:
    return import_folder(folder, SHIPPED, versions, Context(), None)


def test_a_folder_of_docents_own_is_taken_in(versions: Versions, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "entities", tmp_path / "given")
    assert bring(tmp_path / "given", versions) == "my-entities@1"
    assert current(versions) == "entities@2"


def test_pickles_programs_and_wrong_hashes_are_refused(versions: Versions, tmp_path: Path) -> None:
    for name, content in (("pytorch_model.bin", b"x"), ("weights.dat", b"\x80\x04\x95"), ("torch.dat", b"PK\x03\x04")):
        folder = tmp_path / name
        shutil.copytree(SHIPPED / "entities", folder)
        (folder / name).write_bytes(content)
        with pytest.raises(ModelError, match="is a pickle") as caught:
            bring(folder, versions)
        assert caught.value.params["name"] == name
    folder = tmp_path / "code"
    shutil.copytree(SHIPPED / "entities", folder)
    (folder / "modeling.py").write_text("print()", encoding="utf-8")
    with pytest.raises(ModelError, match="no model needs one"):
        bring(folder, versions)
    folder = tmp_path / "changed"
    shutil.copytree(SHIPPED / "entities", folder)
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match="hash does not match"):
        bring(folder, versions)
    folder = tmp_path / "linked"
    shutil.copytree(SHIPPED / "entities", folder)
    (folder / "more.txt").symlink_to("/etc/hostname")
    with pytest.raises(ModelError, match="leads out of the folder"):
        bring(folder, versions)
    assert [row.id for row in versions.all() if not row.shipped] == []


def test_another_base_vocabulary_or_code_of_its_own_is_refused(versions: Versions, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(SHIPPED / "entities", folder)
    values = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(values | {"base": "base@7"}), encoding="utf-8")
    with pytest.raises(ModelError, match="it stands on base@7"):
        bring(folder, versions)
    folder = tmp_path / "hub"
    folder.mkdir()
    with pytest.raises(ModelError, match=r"config\.json is missing"):
        bring(folder, versions)
    (folder / "model.safetensors").write_bytes(b"")
    config = {"model_type": "bert", "hidden_size": 768, "vocab_size": 30522}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="30522 pieces"):
        bring(folder, versions)
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 250037}), encoding="utf-8")
    with pytest.raises(ModelError, match="bert of width 768"):
        bring(folder, versions)
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "x.Y"}}), encoding="utf-8")
    with pytest.raises(ModelError, match="code of its own"):
        bring(folder, versions)
    with pytest.raises(UserError) as caught:
        bring(tmp_path / "nothing", versions)
    assert message(caught.value.code, caught.value.params)


def test_a_copy_that_was_killed_is_no_version(versions: Versions, tmp_path: Path) -> None:
    """What a kill leaves behind lies where no version is looked for."""
    half = tmp_path / "incoming" / "0123"
    shutil.copytree(SHIPPED / "summary", half)
    assert all(half not in row.folder.parents and row.folder != half for row in versions.all())
    assert Manifest.read(half).task == "summary"
    assert versions.install(SHIPPED / "summary", "mine") == "mine@1"


def test_the_number_of_a_deleted_version_is_not_used_again(versions: Versions) -> None:
    versions.install(SHIPPED / "entities", "mine")
    versions.install(SHIPPED / "entities", "mine")
    versions.delete("mine@2")
    versions.delete("mine@1")
    assert versions.install(SHIPPED / "entities", "mine") == "mine@3"
