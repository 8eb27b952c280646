"""Which part of the program may need which library: proved in processes where the library cannot be imported."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from helpers.documents import Samples
from helpers.processes import ROOT, docent, environment, python

# Found by every Python below the folder, so by the document process as well.
_BLOCKER = """
import sys
from importlib.abc import MetaPathFinder
BLOCKED = {blocked!r}
class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"blocked by the test: {{name}}", name=name)
        return None
sys.meta_path.insert(0, Blocker())
"""

_IMPORT_ALL = """
import ast, importlib, pkgutil, sys
from pathlib import Path
count = 0
def needs_torch(spec):
    # Parts of the training that stand on torch, at whatever remove, are the trainer process's.
    return spec.name.startswith("assistant.training.")
for package in sys.argv[1].split(","):
    root = importlib.import_module(package)
    names = [package] + [m.name for m in pkgutil.walk_packages(root.__path__, package + ".")]
    for name in names:
        if name.endswith("__main__") or name.startswith("assistant.training."):
            continue
        importlib.import_module(name)
        count += 1
print(count)
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""

TRAINING = ("torch", "transformers", "optimum", "onnx", "safetensors", "sentencepiece", "rouge_score", "datasets")
PARSERS = ("pymupdf", "fitz", "mupdf", "lxml", "docx", "markdown_it")


def _without(folder: Path, *blocked: str) -> dict[str, str]:
    """Variables for a child in which ``blocked`` cannot be imported, nor in its own children."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(_BLOCKER.format(blocked=set(blocked)), encoding="utf-8")
    return {"PYTHONPATH": f"{folder}{';' if sys.platform == 'win32' else ':'}{ROOT}"}


def test_the_blocker_blocks(tmp_path: Path) -> None:
    done = python("import json, pymupdf", home=tmp_path, **_without(tmp_path / "block", "pymupdf"))
    assert "blocked by the test: pymupdf" in done.stderr
    assert "PYTHONPATH" in environment(tmp_path)


def test_the_engine_needs_no_qt(tmp_path: Path) -> None:
    blocked = _without(tmp_path / "block", "PySide6", "shiboken6", "qtawesome", "qtpy", "pytestqt", *TRAINING)
    done = python(_IMPORT_ALL, "assistant", home=tmp_path, **blocked)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[0]) > 40


def test_the_window_and_the_engine_need_no_torch(tmp_path: Path) -> None:
    blocked = _without(tmp_path / "block", *TRAINING)
    done = python(_IMPORT_ALL, "assistant,ui", home=tmp_path, QT_QPA_PLATFORM="offscreen", **blocked)
    assert done.returncode == 0, done.stderr
    assert "PySide6" in done.stdout.splitlines()[1].split(",")


_READ = """
import json, sys
from assistant.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
print("MODULES " + ",".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(code)
"""


def _modules(stdout: str) -> set[str]:
    return set(stdout.rpartition("MODULES ")[2].strip().split(","))


@pytest.mark.timeout(600)
def test_reading_needs_neither_qt_nor_torch_and_no_parser_in_this_process(tmp_path: Path, samples: Samples) -> None:
    blocked = _without(tmp_path / "block", "PySide6", "shiboken6", "qtawesome", *TRAINING)
    first = python(_READ, "read", samples.contract, "--json", home=tmp_path, **blocked)
    assert first.returncode == 0, first.stderr
    result = json.loads(first.stdout.partition("MODULES ")[0])
    assert "Northwind Analytics GmbH" in [entity["text"] for entity in result["entities"]]
    assert result["summary"]
    assert result["classification"]
    assert "onnxruntime" in _modules(first.stdout)
    assert not _modules(first.stdout) & set(PARSERS)

    # The second time everything is kept: no model, no document process (which could not even start here).
    blocked = _without(tmp_path / "block again", "PySide6", "onnxruntime", "tokenizers", *PARSERS, *TRAINING)
    second = python(_READ, "read", samples.contract, "--json", home=tmp_path, **blocked)
    assert second.returncode == 0, second.stderr
    again = json.loads(second.stdout.partition("MODULES ")[0])
    assert {**again, "timings": None} == {**result, "timings": None}


def test_version_and_help_import_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("numpy", "onnxruntime", "pymupdf", "PySide6", "tokenizers", "babel", "torch", "sqlite3")
    blocked = _without(tmp_path / "block", *heavy)
    for option in ("--version", "--help"):
        done = docent(option, home=tmp_path, **blocked)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("docent 0." if option == "--version" else "usage: docent")


def test_the_window_says_how_to_install_it(tmp_path: Path) -> None:
    blocked = _without(tmp_path / "block", "PySide6")
    done = docent("open", home=tmp_path, DISPLAY=":0", **blocked)
    assert done.returncode == 1
    assert "pip install docent" in done.stderr
    assert "Traceback" not in done.stderr


def test_training_says_how_to_install_it(tmp_path: Path, samples: Samples) -> None:
    blocked = _without(tmp_path / "block", *TRAINING)
    data = tmp_path / "data.jsonl"
    data.write_text("{}\n", encoding="utf-8")
    done = docent(
        "train", "--task", "entities", "--data", data, "--out", tmp_path / "out", "--json", home=tmp_path, **blocked
    )
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stderr)["error"]["code"] == "training_unavailable"
    assert done.stdout == ""


_HOMES = {
    # Its tools for graphs (not its sessions) make a trained model int8, in the trainer's process.
    "onnxruntime": ("assistant/inference/", "assistant/training/export.py"),
    "tokenizers": ("assistant/inference/", "assistant/training/"),
    "pymupdf": ("assistant/documents/",),
    "lxml": ("assistant/documents/",),
    "sqlite3": ("assistant/store/",),
    "torch": ("assistant/training/",),
    "transformers": ("assistant/training/",),
    "optimum": ("assistant/training/",),
    "PySide6": ("ui/",),
    "qtawesome": ("ui/",),
}


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("library", _HOMES)
def test_each_library_has_its_home(library: str) -> None:
    users = {
        file.relative_to(ROOT).as_posix()
        for package in ("assistant", "ui")
        for file in (ROOT / package).rglob("*.py")
        if library in _imported(file)
    }
    assert users, f"nothing imports {library}: the table above is out of date"
    assert {user for user in users if not user.startswith(_HOMES[library])} == set()
