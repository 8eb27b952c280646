"""``docent doctor``: looks at everything that Docent stands on, and says what is wrong and what to do.

It changes nothing in the profile (what the probe of the graphics card found is remembered, as always), needs no engine
and goes on where one part cannot be looked at. A document's text or name is never printed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from assistant.errors import ModelError
from assistant.paths import Paths, bundled
from assistant.settings import PROVIDER, THREADS
from assistant.terminal import Writer

State = Literal["ok", "note", "bad"]

_PACKAGES = ("numpy", "pymupdf-lite", "lxml", "Pillow", "rapidocr", "PySide6-Essentials", "QtAwesome")
_RUNTIMES = ("onnxruntime-gpu", "onnxruntime")
_TRAINING = ("torch", "transformers", "optimum", "safetensors")
_LOW_BYTES = 1_000_000_000
_FULL_BYTES = 100_000_000
_MARKS: dict[State, str] = {"ok": "ok  ", "note": "note", "bad": "BAD "}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``note`` works, but less well; ``bad`` does not."""

    area: str
    state: State
    what: str
    advice: str = ""
    """What to do; only where something is wrong."""


def doctor(as_json: bool, paths: Paths | None = None, models: Path | None = None) -> int:
    """Print all checks. Returns the exit code: 1 where something is bad, else 0.

    ``paths``: the profile (default: the user's own). ``models``: the folder of the models that ship.
    """
    checks = list(examine(paths or Paths.default(), models or bundled("models")))
    bad = sum(check.state == "bad" for check in checks)
    if as_json:
        report = {"ok": not bad, "checks": [asdict(check) for check in checks]}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
        return 1 if bad else 0
    write = Writer(sys.stdout)
    area = ""
    for check in checks:
        if check.area != area:
            area = check.area
            write.heading(area)
        write.line(f"  {_MARKS[check.state]}  {check.what}")
        if check.advice:
            write.line(f"        {check.advice}")
    write.line()
    notes = sum(check.state == "note" for check in checks)
    if bad:
        write.line(f"{bad} {'thing is' if bad == 1 else 'things are'} wrong. What to do stands below each.")
    elif notes:
        write.line("Docent works. What could be better is marked with: note")
    else:
        write.line("Everything is in order.")
    return 1 if bad else 0


def examine(paths: Paths, models: Path) -> Iterator[Check]:
    """All checks, each as soon as it is done."""
    yield from _versions()
    yield from _guarded("Models run on", lambda: _provider(paths))
    yield from _guarded("Models", lambda: _models(models, paths.data / "models"))
    yield from _guarded("Data", lambda: _databases(paths))
    yield from _guarded("Disk", lambda: _disk(paths))


def _guarded(area: str, look: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except Exception as error:  # noqa: BLE001 - the other parts are still to be looked at
        yield Check(area, "bad", f"cannot be looked at ({type(error).__name__})", "Install Docent again.")


# --- the parts ----------------------------------------------------------------------------------------------------


def _versions() -> Iterator[Check]:
    area = "Versions"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Check(
        area, "ok", f"Docent {_version('docent') or 'from its source'}, Python {platform.python_version()}, {system}"
    )
    found = {name: _version(name) for name in _PACKAGES}
    missing = [name for name, version in found.items() if version is None]
    yield Check(area, "ok", ", ".join(f"{name} {version}" for name, version in found.items() if version))
    if missing:
        yield Check(area, "bad", f"not installed: {', '.join(missing)}", "Install Docent again: pip install docent")
    runtimes = {name: version for name in _RUNTIMES if (version := _version(name))}
    shown = ", ".join(f"{name} {version}" for name, version in runtimes.items())
    if len(runtimes) == 1:
        yield Check(area, "ok", shown)
    elif runtimes:
        yield Check(area, "bad", f"{shown}: two runtimes, which overwrite each other's files", "Uninstall one of them.")
    else:
        yield Check(area, "bad", "no ONNX Runtime is installed", "Install Docent again: pip install docent")
    absent = [name for name in _TRAINING if importlib.util.find_spec(name) is None]
    if absent:
        advice = "Only training needs them: pip install 'docent[train]'"
        yield Check(area, "note", f"for training, not installed: {', '.join(absent)}", advice)
    else:
        yield Check(area, "ok", ", ".join(f"{name} {_version(name)}" for name in _TRAINING))


def _provider(paths: Paths) -> Iterator[Check]:
    from assistant.inference.runtime import CPU, Runtime

    settings = _settings(paths) or {}
    threads = settings.get(THREADS.key)
    threads = threads if isinstance(threads, int) and threads > 0 else None
    memory = paths.cache / "provider.json"
    if settings.get(PROVIDER.key) == "cpu":
        runtime = Runtime(memory, threads=threads, available=lambda: [CPU])
    else:
        runtime = Runtime(memory, threads=threads)
    info = runtime.info()
    words = f"{info.name} with {info.precision} numbers, {info.threads} {'thread' if info.threads == 1 else 'threads'}"
    if info.reason:
        yield Check("Models run on", "note", f"{words}; the graphics card is not used: {info.reason}")
    else:
        yield Check("Models run on", "ok", words)


def _models(shipped: Path, own: Path) -> Iterator[Check]:
    """Every file of every model against its hash."""
    from assistant.inference.manifest import FILE, Manifest

    folders = [folder for root in (shipped, own) for folder in sorted(root.glob("**/")) if (folder / FILE).is_file()]
    if not folders:
        yield Check("Models", "bad", f"no models in {shipped}", "Install Docent again.")
    for folder in folders:
        advice = "Install Docent again." if folder.is_relative_to(shipped) else "Delete it, or import it again."
        try:
            manifest = Manifest.read(folder)
            for name in manifest.files:
                manifest.verified(folder, name)
        except ModelError as error:
            yield Check("Models", "bad", str(error), advice)
            continue
        size = manifest.size / 1_000_000
        yield Check("Models", "ok", f"{manifest.id}: {len(manifest.files)} files, {size:.1f} MB, all hashes right")


def _databases(paths: Paths) -> Iterator[Check]:
    from assistant.store.integrity import integrity

    found = [path for folder in (paths.data, paths.cache) if folder.is_dir() for path in sorted(folder.glob("*.db"))]
    if not found:
        yield Check("Data", "ok", "nothing is kept yet")
    for path in found:
        problem = integrity(path)
        size = f"{path.stat().st_size / 1_000_000:.1f} MB"
        if problem is None:
            yield Check("Data", "ok", f"{path.name}: sound, {size}")
        else:
            advice = (
                "It is made again by itself."
                if path.parent == paths.cache
                else ("Open Docent: it keeps a copy, and takes over what can be read.")
            )
            yield Check("Data", "bad", f"{path}: {problem}", advice)
    if _settings(paths) is None:
        advice = "Open Docent: it sets the file aside and starts with the defaults."
        yield Check("Data", "bad", "the settings are damaged", advice)


def _settings(paths: Paths) -> dict[str, object] | None:
    """What is stored; None where it is damaged. (:class:`assistant.settings.Settings` would set the file aside.)"""
    path = paths.data / "settings.json"
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _disk(paths: Paths) -> Iterator[Check]:
    seen: set[tuple[int, int]] = set()
    for name, folder in (("data", paths.data), ("kept results", paths.cache), ("log", paths.log)):
        there = next(each for each in (folder, *folder.parents) if each.exists())
        if not os.access(there, os.W_OK):
            yield Check("Disk", "bad", f"{folder} ({name}) cannot be written", "Check the permissions of the folder.")
            continue
        usage = shutil.disk_usage(there)
        key = (there.stat().st_dev, usage.total)
        if key in seen:
            yield Check("Disk", "ok", f"{folder} ({name}), on the same disk")
            continue
        seen.add(key)
        words = f"{folder} ({name}): {usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free"
        if usage.free < _FULL_BYTES:
            yield Check("Disk", "bad", words, "Free some space: nothing can be kept.")
        elif usage.free < _LOW_BYTES:
            yield Check("Disk", "note", words, "Training needs some gigabytes.")
        else:
            yield Check("Disk", "ok", words)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
