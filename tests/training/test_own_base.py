"""Training on an encoder with a vocabulary of its own: a folder of Transformers, or one from a hub."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from assistant.errors import DocentError, ModelError, UserError  # noqa: E402
from assistant.inference.catalog import Catalog  # noqa: E402
from assistant.inference.manifest import Manifest  # noqa: E402
from assistant.inference.runtime import Runtime  # noqa: E402
from assistant.jobs import Context  # noqa: E402
from assistant.paths import bundled  # noqa: E402
from assistant.training import encoders  # noqa: E402
from assistant.training.flow import Parameters, Wizard, Workshop  # noqa: E402
from helpers.labelled import Shelf, clause_document  # noqa: E402

SHIPPED = bundled("models")
DOCUMENTS = [clause_document(number, 4) for number in range(8)]
SMALL = Parameters(
    epochs=1, batch_tokens=512, frozen_layers=0, replay=0.0, precision="fp32", least_steps=200, evaluations=2,
    patience=50, threads=1, learning_rate=1e-3, head_learning_rate=1e-2,
)  # fmt: skip


def make_encoder(folder: Path, kind: str = "bert") -> Path:
    """A small untrained encoder with a tokenizer that is trained on the documents, saved as a person would."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    texts = [document.text for document in DOCUMENTS]
    if kind == "bert":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        backend.normalizer = normalizers.BertNormalizer(lowercase=False)
        backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer: Any = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special)
    else:
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        backend = Tokenizer(models.BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special)
    backend.train_from_iterator(texts, trainer)
    sizes = {
        "vocab_size": backend.get_vocab_size(), "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 96, "max_position_embeddings": 512 if kind == "bert" else 514,
        "pad_token_id": backend.token_to_id(special[0 if kind == "bert" else 1]),
    }  # fmt: skip
    torch.manual_seed(3)
    if kind == "bert":
        model: Any = transformers.BertModel(transformers.BertConfig(**sizes))
    else:
        model = transformers.RobertaModel(transformers.RobertaConfig(**sizes, type_vocab_size=1))
    model.save_pretrained(folder, safe_serialization=True)
    backend.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("bases") / "bert-small")


def workshop_in(home: Path, network: Callable[[], bool] = lambda: False) -> Workshop:
    catalog = Catalog(SHIPPED, home / "models", home / "cache", Runtime(available=lambda: ()))
    return Workshop(home, SHIPPED, Shelf(DOCUMENTS), lambda: catalog, network=network)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = workshop_in(tmp_path / "home")
    yield made
    made.shutdown()


def at_method(workshop: Workshop, start: str) -> Wizard:
    wizard = workshop.wizard("entities")
    wizard.prepare(Context())
    wizard.go("method")
    wizard.set_parameters(replace(SMALL, start=start), Context())
    return wizard


def exported_loads(workshop: Workshop, version: str, folder: Path) -> None:
    """Both libraries load the exported folder and say the same, but for int8's rounding."""
    from optimum.onnxruntime import ORTModelForTokenClassification

    workshop.export(version, folder, Context())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(["The payment is settled by clause 7.1 and 2 other rules."], return_tensors="pt")
    plain = transformers.AutoModelForTokenClassification.from_pretrained(folder)(**ids).logits
    graph = ORTModelForTokenClassification.from_pretrained(folder)(**ids).logits
    assert torch.equal(plain.argmax(-1), graph.argmax(-1))


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_an_encoder_with_its_own_vocabulary_is_trained_activated_and_gone_on_from(
    kind: str, tmp_path: Path, workshop: Workshop
) -> None:
    folder = make_encoder(tmp_path / f"{kind}-small", kind)
    wizard = at_method(workshop, str(folder))
    # A frozen layer's outputs are kept, as of Docent's own encoder.
    wizard.set_parameters(replace(SMALL, start=str(folder), weight_decay=0.0, frozen_layers=int(kind == "roberta")))
    run = wizard.start()
    ended = workshop.wait(run.id)
    assert (ended.status, ended.error, ended.error_params) == ("finished", "", ())
    result = wizard.result()
    assert result.rows > 0
    # Of all classes: the pieces that a tokenizer learns are not the same in every process.
    assert result.overall.f1.value > 0.3, "it learned, and its tokenizer gives the places of words"
    manifest = Manifest.read(tmp_path / "home/runs" / run.id / "model")
    assert manifest.input == "input_ids"
    assert {"tokenizer.json", "transformers/model.safetensors", "transformers/config.json"} <= set(manifest.files)
    published = wizard.publish(Context(), insist=True).published
    assert published == "my-entities@1"
    catalog = Catalog(SHIPPED, tmp_path / "home/models", tmp_path / "cache", Runtime(available=lambda: ()))
    model = catalog.entities()
    assert model.name == published
    (encoding,) = model.tokenizer.encode(["Under clause 4.2, Mary"])
    assert encoding.ends[-1] == 22
    if kind == "bert":
        exported_loads(workshop, published, tmp_path / "exported")
    # The next run goes on from it, with its head.
    again = workshop.wizard("entities")
    again.prepare(Context())
    assert again.method is not None
    assert again.method.starts[0] == published
    again.go("method")
    again.set_parameters(
        replace(SMALL, start="", least_steps=1, epochs=0.1, learning_rate=1e-7, head_learning_rate=1e-7)
    )
    run = again.start()
    ended = workshop.wait(run.id)
    assert (ended.status, ended.error, ended.error_params) == ("finished", "", ())
    kept = again.result().overall.f1.value
    assert abs(kept - result.overall.f1.value) < 0.1, "it knows what it had learned; so small a step changes nothing"


def refused(workshop: Workshop, start: str) -> DocentError:
    with pytest.raises(DocentError) as caught:
        at_method(workshop, start)
    return caught.value


def test_what_cannot_be_a_base_is_a_sentence(bert: Path, tmp_path: Path, workshop: Workshop) -> None:
    def changed(name: str, change: Callable[[Path], object]) -> DocentError:
        folder = tmp_path / name
        shutil.copytree(bert, folder)
        change(folder)
        return refused(workshop, str(folder))

    def config(folder: Path, **values: object) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    error = refused(workshop, str(tmp_path / "nowhere"))
    assert (error.code, "There is no folder" in str(error)) == ("folder_missing", True)
    error = changed("pickle", lambda folder: (folder / "pytorch_model.bin").write_bytes(pickle.dumps({})))
    assert error.code == "model_pickle"
    disguised = changed("disguised", lambda folder: (folder / "weights.dat").write_bytes(pickle.dumps({}, protocol=4)))
    assert disguised.code == "model_pickle"
    error = changed("code", lambda folder: config(folder, auto_map={"AutoModel": "x.Y"}))
    assert (error.code, "code of its own" in str(error)) == ("model_unsafe", True)
    error = changed("kind", lambda folder: config(folder, model_type="gpt2"))
    assert (error.code, "gpt2" in str(error)) == ("model_incompatible", True)
    error = changed("bare", lambda folder: (folder / "tokenizer.json").unlink())
    assert "tokenizer.json is missing" in str(error)

    def more_pieces(folder: Path) -> None:
        path = folder / "tokenizer.json"
        values = json.loads(path.read_text())
        values["model"]["vocab"]["straw"] = 5000
        path.write_text(json.dumps(values))

    error = changed("vocabulary", more_pieces)
    assert (error.code, "5001" in str(error)) == ("model_tokenizer", True)

    def other_hash(folder: Path) -> None:
        files = {"model.safetensors": {"sha256": "0" * 64, "size": 1}}
        (folder / "docent.json").write_text(json.dumps({"files": files}))

    assert changed("hash", other_hash).code == "model_damaged"
    error = changed("torn", lambda folder: (folder / "model.safetensors").write_bytes(b"\x08"))
    assert (error.code, "safetensors" in str(error)) == ("model_unsafe", True)
    assert workshop.runs() == ()


# --- a hub ----------------------------------------------------------------------------------------------------------


class Hub:
    """The hub's interface over a local folder, counting what is asked of it."""

    def __init__(self, folder: Path, wrong_hash: bool = False) -> None:
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(body=False)

            def do_GET(self) -> None:
                self._answer(body=True)

            def _answer(self, body: bool) -> None:
                hub.asked.append(self.path)
                place = self.path.partition("?")[0]
                data, headers = b"", {"X-Repo-Commit": "a" * 40}
                if place.startswith("/api/models/someone/small"):
                    data = json.dumps(hub.listing(folder, wrong_hash)).encode()
                    headers["Content-Type"] = "application/json"
                elif place.startswith("/someone/small/resolve/") and (folder / place.rsplit("/", 1)[1]).is_file():
                    data = (folder / place.rsplit("/", 1)[1]).read_bytes()
                    headers["ETag"] = f'"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"'
                else:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.send_header("X-Error-Code", "RepoNotFound")
                    self.end_headers()
                    return
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if body:
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @staticmethod
    def listing(folder: Path, wrong_hash: bool) -> dict[str, Any]:
        rows = []
        for path in sorted(folder.iterdir()):
            row: dict[str, Any] = {"rfilename": path.name, "size": path.stat().st_size, "blobId": "b" * 40}
            if path.suffix == ".safetensors":
                digest = "1" * 64 if wrong_hash else hashlib.sha256(path.read_bytes()).hexdigest()
                row["lfs"] = {"sha256": digest, "size": path.stat().st_size, "pointerSize": 130}
            rows.append(row)
        return {"id": "someone/small", "modelId": "someone/small", "sha": "a" * 40, "siblings": rows, "tags": []}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hub(bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "served"
    shutil.copytree(bert, folder)
    # What must not be fetched.
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    (folder / "modeling_small.py").write_text("raise SystemExit", encoding="utf-8")
    made = Hub(folder)
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    yield made
    made.close()


def test_with_the_network_off_nothing_is_asked_for(hub: Hub, workshop: Workshop) -> None:
    for start in ("hub:someone/small", "someone/small"):
        error = refused(workshop, start)
        assert (error.code, "Preferences" in str(error)) == ("network_off", True)
    assert hub.asked == []


def test_a_hub_id_is_downloaded_once_without_pickles_and_code(hub: Hub, tmp_path: Path) -> None:
    workshop = workshop_in(tmp_path / "home", lambda: True)
    try:
        wizard = at_method(workshop, "hub:someone/small")
        assert wizard.method is not None
        place = tmp_path / "home/hub/someone--small"
        names = {path.name for path in place.iterdir()}
        assert names == {"config.json", "model.safetensors", "tokenizer.json", "docent.json"}
        noted = json.loads((place / "docent.json").read_text())
        assert (noted["hub"], noted["revision"]) == ("someone/small", "a" * 40)
        assert set(noted["files"]) == names - {"docent.json"}
        assert not any("pytorch_model" in path or ".py" in path for path in hub.asked)
        asked = len(hub.asked)
        at_method(workshop, "someone/small")
        assert len(hub.asked) == asked, "it is there"
        with (place / "model.safetensors").open("ab") as file:
            file.write(b"x")
        assert refused(workshop, "hub:someone/small").code == "model_damaged"
        error = refused(workshop, "hub:someone/other")
        assert (error.code, "not there" in str(error)) == ("download_failed", True)
        assert [path.name for path in (tmp_path / "home/hub").iterdir()] == ["someone--small"], "nothing half"
    finally:
        workshop.shutdown()


def test_a_download_that_is_not_what_the_hub_says_is_refused(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Hub(bert, wrong_hash=True)
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    workshop = workshop_in(tmp_path / "home", lambda: True)
    try:
        assert refused(workshop, "hub:someone/small").code == "model_damaged"
        assert list((tmp_path / "home/hub").iterdir()) == []
    finally:
        workshop.shutdown()
        served.close()
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    workshop = workshop_in(tmp_path / "home", lambda: True)
    error = refused(workshop, "hub:someone/small")
    assert error.code == "download_failed", "nobody answers"
    with pytest.raises(UserError, match="owner/model"):
        at_method(workshop, "hub:../../etc")
    workshop.shutdown()


def test_tokenizers_specials_are_found(bert: Path) -> None:
    assert encoders.special_ids(bert) == {"bos": 2, "eos": 3, "pad": 0}
    with pytest.raises(ModelError):
        encoders.special_ids(bert.parent)
