"""Which provider runs, and that a broken driver costs one attempt and no crash."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import onnxruntime
import pytest

from assistant.inference import runtime
from assistant.inference.encoder import Encoder
from assistant.inference.manifest import Manifest
from assistant.inference.runtime import CPU, CUDA, Runtime, probe_in_child
from helpers.processes import ROOT, environment


class Probe:
    """Counts how often it is asked."""

    def __init__(self, verdict: str | None) -> None:
        self.verdict, self.asked = verdict, []

    def __call__(self, provider: str) -> str | None:
        self.asked.append(provider)
        return self.verdict


def both() -> list[str]:
    return [CUDA, CPU]


def test_without_cuda_nothing_is_probed(tmp_path: Path) -> None:
    probe = Probe(None)
    made = Runtime(tmp_path / "provider.json", available=lambda: [CPU], probe=probe)
    assert made.choice() == (CPU, None)
    assert probe.asked == []
    assert made.info().reason is None


def test_a_failed_probe_means_cpu_and_is_remembered(tmp_path: Path) -> None:
    memory = tmp_path / "deep" / "provider.json"
    first = Probe("no driver")
    info = Runtime(memory, available=both, probe=first, threads=2).info()
    assert (info.name, info.precision, info.threads, info.reason) == ("CPU", "int8", 2, "no driver")
    again = Probe(None)
    other = Runtime(memory, available=both, probe=again)
    assert other.choice() == other.choice() == (CPU, "no driver")
    assert (first.asked, again.asked) == ([CUDA], [])


def test_a_probe_that_succeeds_means_cuda(tmp_path: Path) -> None:
    memory = tmp_path / "provider.json"
    assert Runtime(memory, available=both, probe=Probe(None)).choice() == (CUDA, None)
    assert Runtime(memory, available=both, probe=Probe("not asked")).info().name == "CUDA"


def test_another_version_of_onnxruntime_is_probed_anew(tmp_path: Path) -> None:
    memory = tmp_path / "provider.json"
    Runtime(memory, available=both, probe=Probe("no driver")).choice()
    stored = json.loads(memory.read_text(encoding="utf-8"))
    memory.write_text(json.dumps({**stored, "key": "onnxruntime 0.1"}), encoding="utf-8")
    assert Runtime(memory, available=both, probe=Probe(None)).choice() == (CUDA, None)


@pytest.mark.parametrize("content", ["", "[]", '{"key": 1}', "\x00"])
def test_a_damaged_memory_is_probed_anew(tmp_path: Path, content: str) -> None:
    memory = tmp_path / "provider.json"
    memory.write_text(content, encoding="utf-8")
    probe = Probe("no driver")
    assert Runtime(memory, available=both, probe=probe).choice() == (CPU, "no driver")
    assert probe.asked == [CUDA]


def test_a_probe_that_takes_the_program_down_is_not_tried_again(tmp_path: Path) -> None:
    memory = tmp_path / "provider.json"

    def deadly(provider: str) -> str | None:
        raise SystemExit("the machine went down")

    with pytest.raises(SystemExit):
        Runtime(memory, available=both, probe=deadly).choice()
    next_start = Probe(None)
    provider, reason = Runtime(memory, available=both, probe=next_start).choice()
    assert provider == CPU
    assert reason
    assert next_start.asked == []


def test_many_threads_probe_once() -> None:
    probe = Probe("no driver")
    made = Runtime(available=both, probe=probe)
    threads = [threading.Thread(target=made.choice) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert probe.asked == [CUDA]


def test_a_memory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    made = Runtime(tmp_path / "file" / "provider.json", available=both, probe=Probe("no driver"))
    assert made.choice() == (CPU, "no driver")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os; os._exit(7)", "the probe ended with 7"),
        ("print('it computes wrongly'); raise SystemExit(1)", "it computes wrongly"),
        ("import threading; threading.Event().wait()", "the probe did not end (TimeoutExpired)"),
    ],
)
def test_a_child_that_crashes_or_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str) -> None:
    # A real child with a probe that behaves like a broken driver.
    package = tmp_path / "assistant" / "inference"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("", encoding="utf-8")
    (package / "probe.py").write_text(body, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    if "wait" in body:
        monkeypatch.setattr(runtime, "PROBE_SECONDS", 1)
    assert probe_in_child(CUDA) == reason


def run_probe(provider: str, home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.inference.probe", provider]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment(home), cwd=ROOT, check=False
    )


def test_the_real_probe_of_the_cpu_succeeds(tmp_path: Path) -> None:
    done = run_probe(CPU, tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_provider_that_this_build_does_not_have(tmp_path: Path) -> None:
    done = run_probe("NoSuchExecutionProvider", tmp_path)
    assert done.returncode == 1
    assert done.stdout == "this build of ONNX Runtime does not have it"


def test_cuda_is_a_verdict_and_never_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # From any working directory: the child must find the package.
    monkeypatch.chdir(tmp_path)
    verdict = probe_in_child(CUDA)
    assert verdict is None or verdict in (
        "this build of ONNX Runtime does not have it",
        "it could not be started (no driver or no device)",
    )
    info = Runtime(tmp_path / "provider.json").info()
    assert info.name == ("CUDA" if verdict is None else "CPU")
    assert CUDA in onnxruntime.get_available_providers() or info.reason is None


def test_a_cuda_session_that_fails_falls_back_and_says_so(tmp_path: Path, base: Path) -> None:
    probe = Probe(None)
    made = Runtime(tmp_path / "provider.json", available=both, probe=probe)
    try:
        devices = probe_in_child(CUDA) is None
    finally:
        assert made.choice() == (CUDA, None)
    if devices:
        pytest.skip("CUDA works here")
    # The probe lied: the session itself does not get CUDA.
    session = made.session(Manifest.read(base), base, tmp_path / "cache")
    assert session.providers == [CPU]
    info = made.info()
    assert (info.name, info.precision) == ("CPU", "int8")
    assert info.reason
    assert Runtime(tmp_path / "provider.json", available=both, probe=probe).choice()[0] == CPU


def test_threads_are_set(encoder: Encoder) -> None:
    assert 1 <= Runtime().threads <= 8
    assert Runtime(threads=3).threads == 3
    session = encoder._graph.session
    assert session.providers == [CPU]
    assert set(session.inputs) == {"inputs_embeds", "attention_mask"}
