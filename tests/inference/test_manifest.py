"""What a model's folder may hold: hashes, paths, and no data from elsewhere."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from assistant.errors import ModelError
from assistant.inference.manifest import FILE, Manifest, ModelFile, describe, external_locations, inside
from assistant.inference.runtime import Runtime


def external(name: str, location: str) -> TensorProto:
    """A tensor whose data lies in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, value in (("offset", "0"), ("location", location), ("length", "8")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def graph(*nodes: onnx.NodeProto, tensors: tuple[TensorProto, ...] = (), name: str = "g") -> onnx.GraphProto:
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    return helper.make_graph(list(nodes), name, [], [output], list(tensors))


def model(*nodes: onnx.NodeProto, tensors: tuple[TensorProto, ...] = ()) -> onnx.ModelProto:
    return helper.make_model(graph(*nodes, tensors=tensors), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


IDENTITY = helper.make_node("Identity", ["x"], ["y"])


def branch(location: str) -> onnx.GraphProto:
    return graph(IDENTITY, tensors=(external("x", location),), name="branch")


def with_function(location: str, *, default: bool) -> onnx.ModelProto:
    node = helper.make_node("Constant", [], ["y"], value=external("c", location))
    function = helper.make_function("own", "F", [], ["y"], [node], [helper.make_opsetid("", 17)])
    if default:
        function.node[0].ClearField("attribute")
        function.attribute_proto.append(helper.make_attribute("value", external("c", location)))
    made = model(helper.make_node("F", [], ["y"], domain="own"))
    made.functions.append(function)
    return made


def sparse(location: str) -> onnx.ModelProto:
    made = model(IDENTITY)
    made.graph.sparse_initializer.add(values=external("x", location), indices=external("i", location))
    return made


def loop(location: str) -> onnx.ModelProto:
    """Two levels down: an If inside a Loop's body."""
    inner = helper.make_node("If", ["c"], ["y"], then_branch=branch(location), else_branch=graph(IDENTITY))
    return model(helper.make_node("Loop", ["n", "c"], ["y"], body=graph(inner, name="body")))


MAKERS = {
    "initializer": lambda location: model(IDENTITY, tensors=(external("x", location),)),
    "attribute": lambda location: model(helper.make_node("Constant", [], ["y"], value=external("c", location))),
    "branch": lambda location: model(helper.make_node("If", ["c"], ["y"], then_branch=branch(location))),
    "loop": loop,
    "function": lambda location: with_function(location, default=False),
    "default of a function": lambda location: with_function(location, default=True),
    "sparse": sparse,
}


def folder_of(folder: Path, content: bytes, **others: bytes) -> Manifest:
    """A model's folder with these files, written and read again."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"model.onnx": content, **{name.replace("_", "."): data for name, data in others.items()}}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    Manifest("m", "entities", "1", "MIT", describe(folder, list(files)), labels=("O",)).write(folder)
    return Manifest.read(folder)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("location", ["../secret.bin", "/etc/hostname", "C:\\secret.bin", "unlisted.bin", ""])
def test_external_data_elsewhere_is_refused(tmp_path: Path, kind: str, location: str) -> None:
    content = MAKERS[kind](location).SerializeToString()
    assert set(external_locations(content)) == {location}
    (tmp_path / "secret.bin").write_bytes(bytes(8))
    manifest = folder_of(tmp_path / "m", content)
    (tmp_path / "m" / "unlisted.bin").write_bytes(bytes(8))
    with pytest.raises(ModelError) as caught:
        manifest.verified_graph(tmp_path / "m")
    assert caught.value.code == "model_unsafe"
    with pytest.raises(ModelError):
        Runtime(available=lambda: ()).session(manifest, tmp_path / "m")


def test_external_data_that_the_manifest_names_is_checked_and_loaded(tmp_path: Path) -> None:
    content = MAKERS["initializer"]("data.bin").SerializeToString()
    manifest = folder_of(tmp_path, content, data_bin=bytes(8))
    session = Runtime(available=lambda: ()).session(manifest, tmp_path)
    assert session.run({})[0].tolist() == [0, 0]
    (tmp_path / "data.bin").write_bytes(b"\x01" * 8)
    with pytest.raises(ModelError) as caught:
        manifest.verified_graph(tmp_path)
    assert caught.value.code == "model_damaged"


def test_a_graph_of_its_own_is_no_danger(tmp_path: Path) -> None:
    tensor = helper.make_tensor("x", TensorProto.FLOAT, [2], [1, 2])
    manifest = folder_of(tmp_path, model(IDENTITY, tensors=(tensor,)).SerializeToString())
    assert Runtime(available=lambda: ()).session(manifest, tmp_path).run({})[0].tolist() == [1, 2]


def test_the_shipped_graph_has_no_external_data(base: Path) -> None:
    assert list(external_locations((base / "model.onnx").read_bytes())) == []


@pytest.mark.parametrize("content", [b"\xff" * 40, b"MZ\x90\x00 not a graph", b"\x3a\xff\xff\xff\x7f", b"\x08"])
def test_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    manifest = folder_of(tmp_path, content)
    with pytest.raises(ModelError) as caught:
        Runtime(available=lambda: ()).session(manifest, tmp_path)
    assert caught.value.code == "model_unsafe"


@pytest.mark.parametrize("change", [b"tampered", b""])
def test_a_changed_file_is_damaged(tmp_path: Path, change: bytes) -> None:
    manifest = folder_of(tmp_path, b"original")
    assert manifest.verified(tmp_path, "model.onnx") == tmp_path / "model.onnx"
    # The first change keeps the size: the hash alone tells.
    (tmp_path / "model.onnx").write_bytes(change)
    with pytest.raises(ModelError) as caught:
        manifest.verified(tmp_path, "model.onnx")
    assert caught.value.code == "model_damaged"


def test_a_missing_and_an_unnamed_file(tmp_path: Path) -> None:
    manifest = folder_of(tmp_path, b"graph")
    (tmp_path / "other.bin").write_bytes(b"x")
    with pytest.raises(ModelError) as unnamed:
        manifest.verified(tmp_path, "other.bin")
    assert unnamed.value.code == "model_unsafe"
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(ModelError) as missing:
        manifest.verified(tmp_path, "model.onnx")
    assert missing.value.code == "model_missing"


@pytest.mark.parametrize("name", ["../out.bin", "sub/../../out.bin", "..\\out.bin", "/etc/hostname", "C:out.bin"])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "out.bin").write_bytes(b"outside")
    inner = tmp_path / "m"
    manifest = folder_of(inner, b"graph")
    listed = ModelFile(describe(tmp_path, ["out.bin"])["out.bin"].sha256, 7)
    manifest = dataclasses.replace(manifest, files={name: listed})
    assert not inside(inner, name)
    with pytest.raises(ModelError) as caught:
        manifest.verified(inner, name)
    assert caught.value.code == "model_unsafe"


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.bin").write_bytes(b"outside")
    inner = tmp_path / "m"
    inner.mkdir()
    try:
        (inner / "in.bin").symlink_to(tmp_path / "out.bin")
    except OSError:
        pytest.skip("no links on this system")
    assert not inside(inner, "in.bin")


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"graph")
    manifest = Manifest(
        "entities", "entities", "2", "CC-BY-4.0", describe(tmp_path, ["model.onnx"]),
        labels=("O", "B-人"), calibration={"threshold": 0.4}, metrics={"dev/f1": 0.8}, settings={"stride": 128},
    )  # fmt: skip
    manifest.write(tmp_path)
    assert Manifest.read(tmp_path) == manifest
    assert manifest.id == "entities@2"
    assert manifest.size == 5
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    manifest = folder_of(tmp_path, b"graph")
    values = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    (tmp_path / FILE).write_text(json.dumps({**values, "novelty": 1}), encoding="utf-8")
    assert Manifest.read(tmp_path) == manifest


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": {"a": 1}}', '{"files": {}, "name": "x"}', "\x00"])
def test_a_manifest_that_is_none_is_unsafe(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        Manifest.read(tmp_path)
    assert caught.value.code == "model_unsafe"


def test_a_folder_in_place_of_the_manifest_is_unsafe(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ModelError) as caught:
        Manifest.read(tmp_path)
    assert caught.value.code == "model_unsafe"


def test_no_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Manifest.read(tmp_path / "nothing")
    assert caught.value.code == "model_missing"
