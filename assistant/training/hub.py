"""An encoder from the Hugging Face hub, where the user allows the network. Kept in ``<data>/hub/OWNER--NAME``.

``python -m assistant.training.hub NAME TARGET`` is the one process of Docent that opens a connection, and it does only
that: weights as safetensors, tokenizer and configuration, no pickles, no code, no token. The hashes that the hub names
are compared, and those of all files noted in ``docent.json``. It is written aside and moved into place whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.errors import DocentError, ModelError, UserError
from assistant.inference.manifest import describe, sha256_of
from assistant.jobs import JobContext, Progress
from assistant.training.encoders import HUB, WEIGHTS, checked
from assistant.training.files import writing
from assistant.training.importing import INFO

FILES = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")


def place_of(data: Path, start: str) -> Path:
    """Where the encoder lies once it is there. Raises UserError ``download_failed`` for what is no name of the hub."""
    name = start.removeprefix(HUB).strip()
    if not _NAME.fullmatch(name) or ".." in name:
        raise UserError("download_failed", name=name, why="a name has the form owner/model")
    return data / "hub" / name.replace("/", "--")


def fetch(data: Path, start: str, ctx: JobContext) -> Path:
    """Download it, in a process of its own. Blocks. Raises UserError, ModelError, Cancelled."""
    place, name = place_of(data, start), start.removeprefix(HUB).strip()
    aside = place.parent / f".{uuid.uuid4().hex}"
    with writing(place):
        aside.mkdir(parents=True)
    try:
        ctx.report(Progress("downloading", 0, 0))
        _run(name, aside, ctx)
        checked(aside)
        with writing(place):
            aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place


def _run(name: str, target: Path, ctx: JobContext) -> None:
    hidden = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    environment |= {
        "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant.training.hub", name, str(target)],
            stdin=subprocess.DEVNULL, stdout=said, stderr=log, env=environment,
        )  # fmt: skip
        try:
            while True:
                try:
                    process.wait(0.2)
                    break
                except subprocess.TimeoutExpired:
                    ctx.check()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        lines = said.read().splitlines()
    if not lines:
        raise UserError("download_failed", name=name, why=f"exit code {process.returncode}")
    values: dict[str, Any] = json.loads(lines[-1])
    if "error" in values:
        kind = ModelError if str(values["error"]).startswith("model_") else UserError
        raise kind(values["error"], **values["params"])


def download(name: str, target: Path) -> None:
    """In the process: all files of ``FILES`` that the model has. Raises UserError, ModelError, OSError."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    from requests import RequestException

    try:
        info = HfApi(token=False).model_info(name, files_metadata=True, timeout=30)
        there = {item.rfilename: item for item in info.siblings or ()}
        if WEIGHTS not in there:
            pickles = [file for file in there if file.endswith((".bin", ".pt", ".ckpt", ".h5"))]
            if pickles:
                raise ModelError("model_pickle", path=name, name=pickles[0])
            raise ModelError("model_unsafe", path=name, why=f"it has no {WEIGHTS} (large ones in parts are not read)")
        wanted = [file for file in FILES if file in there]
        for file in wanted:
            hf_hub_download(name, file, revision=info.sha, local_dir=target, token=False)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        why = {401: "it is not there, or not open to all", 404: "it is not there"}.get(status, f"status {status}")
        raise UserError("download_failed", name=name, why=why) from error
    except (RequestException, HFValidationError) as error:
        raise UserError("download_failed", name=name, why=type(error).__name__) from error
    shutil.rmtree(target / ".cache", ignore_errors=True)
    for file in wanted:
        stored = there[file].lfs
        if stored is not None and sha256_of(target / file) != stored.sha256:
            raise ModelError("model_damaged", path=f"{name}/{file}")
    files = {file: asdict(item) for file, item in describe(target, wanted).items()}
    values = {"hub": name, "revision": info.sha, "files": files}
    (target / INFO).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    out, sys.stdout = sys.stdout, sys.stderr
    said: dict[str, Any] = {"done": True}
    try:
        download(sys.argv[1], Path(sys.argv[2]))
    except DocentError as error:
        said = {"error": error.code, "params": dict(error.params)}
    except OSError as error:
        code = "disk_full" if error.errno == 28 else "download_failed"
        said = {
            "error": code,
            "params": {"path": sys.argv[2], "name": sys.argv[1], "why": str(error.strerror or error)},
        }
    out.write(json.dumps(said) + "\n")
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
