"""The built wheel: what is in it, and that it works outside of the checkout."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
BUNDLED = "assistant/_bundled/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once from the checkout, without a network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("docent-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs of an environment with the wheel and, beside it, the libraries of this environment."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    python = programs / ("python.exe" if sys.platform == "win32" else "python")
    own = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).stdout.strip()
    libraries = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    # A plain path in a .pth file: an editable install of the checkout beside the libraries is not followed.
    (Path(own) / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run(
        [*pip, "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", "--ignore-installed", str(wheel)],
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return programs


def _run(program: Path, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    hidden = {"PYTHONPATH", "PYTHONHOME", "DOCENT_HOME"}
    names = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [str(program), *map(str, arguments)],
        cwd=cwd,
        env={**names, "DOCENT_HOME": str(cwd / "profile"), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{program.name} {arguments}: {done.stderr}"
    return done


def _shipped(folder: str) -> dict[str, Path]:
    """Files of a top-level folder that belong into the wheel, by their path in it."""
    files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    inside = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {
        BUNDLED + name: path
        for name, path in inside.items()
        if "/recipes/" not in name and "__pycache__" not in name and "/." not in name
    }


@pytest.mark.parametrize("folder", ["models", "resources"])
def test_carries_models_and_resources_byte_for_byte(wheel: Path, folder: str) -> None:
    expected = {name: path.stat().st_size for name, path in _shipped(folder).items()}
    with zipfile.ZipFile(wheel) as archive:
        carried = {
            member.filename: member.file_size
            for member in archive.infolist()
            if member.filename.startswith(f"{BUNDLED}{folder}/")
        }
        assert carried == expected
        # Sizes say that nothing is missing; what is hashed must also be the same bytes.
        for name, path in _shipped(folder).items():
            if path.stat().st_size < 2_000_000:
                assert archive.read(name) == path.read_bytes(), name
    if folder == "resources":
        assert f"{BUNDLED}resources/samples/services-agreement.pdf" in carried


def test_carries_both_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"assistant", "ui"}
    assert not [name for name in names if name.endswith((".pyc", ".log")) or "/recipes/" in name]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    for package in ("assistant", "ui"):
        sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}
        assert sources <= set(names)


def test_reading_requires_no_torch_and_one_onnxruntime(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    always = [item for item in requirements if "extra" not in str(item.marker)]
    training = {item.name for item in requirements if 'extra == "train"' in str(item.marker)}
    assert {"torch", "transformers", "optimum"} <= training
    assert not {"torch", "transformers", "optimum"} & {item.name for item in always}
    places = [
        {"sys_platform": "linux", "platform_machine": "x86_64"},
        {"sys_platform": "linux", "platform_machine": "aarch64"},
        {"sys_platform": "win32", "platform_machine": "AMD64"},
        {"sys_platform": "darwin", "platform_machine": "arm64"},
        {"sys_platform": "darwin", "platform_machine": "x86_64"},
    ]
    runtimes = [item for item in always if item.name.startswith("onnxruntime")]
    chosen = []
    for place in places:
        names = [item.name for item in runtimes if item.marker is None or item.marker.evaluate(place)]
        assert len(names) == 1, (place, names)
        chosen += names
    assert chosen == ["onnxruntime-gpu", "onnxruntime", "onnxruntime-gpu", "onnxruntime", "onnxruntime"]


def test_runs_from_its_own_place(installed: Path, tmp_path: Path) -> None:
    python = next(installed.glob("python*"))
    where = _run(python, "-c", "import assistant, ui; print(assistant.__file__); print(ui.__file__)", cwd=tmp_path)
    for line in where.stdout.splitlines():
        assert Path(line).is_relative_to(installed.parent)
        assert not Path(line).is_relative_to(ROOT)


def test_says_its_version(installed: Path, tmp_path: Path, wheel: Path) -> None:
    version = wheel.name.split("-")[1]
    assert _run(_program(installed), "--version", cwd=tmp_path).stdout.strip() == f"docent {version}"


def test_finds_its_models(installed: Path, tmp_path: Path) -> None:
    answer = json.loads(_run(_program(installed), "models", "--json", cwd=tmp_path).stdout)
    in_checkout = {path.parent.name for path in (ROOT / "models").glob("*/manifest.json")}
    assert len(answer["models"]) >= len(in_checkout)
    if in_checkout:
        assert {model["task"] for model in answer["models"]} >= {"entities", "answers", "summary"} & in_checkout


def test_reads_its_own_sample(installed: Path, tmp_path: Path) -> None:
    find = "from assistant.paths import bundled; print(bundled('resources'))"
    resources = Path(_run(next(installed.glob("python*")), "-c", find, cwd=tmp_path).stdout.strip())
    assert resources.is_relative_to(installed.parent)
    sample = resources / "samples" / "services-agreement.pdf"
    answer = json.loads(_run(_program(installed), "text", sample, "--json", cwd=tmp_path).stdout)
    assert [page["number"] for page in answer["pages"]] == list(range(1, 13))
    assert "a fixed annual fee of EUR 1,240,000, invoiced quarterly" in " ".join(answer["text"].split())


def _program(installed: Path) -> Path:
    return installed / ("docent.exe" if sys.platform == "win32" else "docent")
