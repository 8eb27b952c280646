"""A second ``docent open`` of a profile opens its files in the window that is there. Real programs, real sockets."""

from __future__ import annotations

import os
import socket as sockets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from assistant.paths import Paths
from assistant.store.documents import DocumentStore
from helpers.documents import Samples
from helpers.processes import ROOT, docent, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets here, pipes there")

_WAIT = 60.0


@pytest.fixture
def runtime() -> Iterator[Path]:
    # The address of a local socket has room for 107 bytes; a test's own folder may take all of them.
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)


@contextmanager
def window(home: Path, runtime: Path, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A real window that nobody sees; it listens when this returns."""
    before = {path for path in runtime.glob("*.socket") if _listens(path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "open", *map(str, arguments)],
        env=environment(home, QT_QPA_PLATFORM="offscreen", XDG_RUNTIME_DIR=str(runtime)),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    try:
        until(lambda: any(_listens(path) for path in set(runtime.glob("*.socket")) - before), process)
        yield process
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait(_WAIT)
        psutil.wait_procs(children, _WAIT)


def _listens(path: Path) -> bool:
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as client:
        return client.connect_ex(str(path)) == 0


def until(condition: object, process: subprocess.Popen[bytes]) -> None:
    assert callable(condition)
    for _ in range(int(_WAIT / 0.1)):
        if condition():
            return
        try:
            # Waits for the end that is not to come.
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the window ended with {process.returncode}")
    raise AssertionError("it did not happen")


def recent(home: Path) -> list[Path]:
    store = DocumentStore(Paths.under(home).data / "reader.db")
    try:
        return [file.path for file in store.recent()]
    finally:
        store.close()


def test_the_second_hands_its_files_to_the_first(tmp_path: Path, runtime: Path, samples: Samples) -> None:
    home = tmp_path / "home"
    copy = tmp_path / "合同 一.pdf"
    copy.write_bytes(samples.contract.read_bytes())
    with window(home, runtime) as first:
        second = docent("open", copy, home=home, QT_QPA_PLATFORM="offscreen", XDG_RUNTIME_DIR=str(runtime))
        assert second.returncode == 0, second.stderr
        until(lambda: recent(home) == [copy], first)
        # Local alone, and the user's alone.
        (socket,) = runtime.glob("*.socket")
        assert socket.stat().st_mode & 0o077 == 0
        assert psutil.Process(first.pid).net_connections(kind="inet") == []


def test_a_profile_has_its_own_window(tmp_path: Path, runtime: Path) -> None:
    home = tmp_path / "home"
    with window(home, runtime), window(home, runtime, "--profile", "work"):
        assert len(list(runtime.glob("*.socket"))) == 2
        assert (home / "profiles" / "work" / "log" / "docent.log").parent.is_dir()


def test_what_a_killed_program_left_is_replaced(tmp_path: Path, runtime: Path, samples: Samples) -> None:
    home = tmp_path / "home"
    with window(home, runtime):
        pass
    assert list(runtime.glob("*.socket")), "the killed program left its socket"
    with window(home, runtime) as again:
        done = docent("open", samples.contract, home=home, QT_QPA_PLATFORM="offscreen", XDG_RUNTIME_DIR=str(runtime))
        assert done.returncode == 0, done.stderr
        until(lambda: recent(home) == [samples.contract], again)


def test_rubbish_on_the_socket_is_refused(tmp_path: Path, runtime: Path) -> None:
    with window(tmp_path / "home", runtime) as first:
        (path,) = runtime.glob("*.socket")
        for rubbish in (b"\xff\xfe\n", b"[]\n", b'{"files": 3, "tokens": {}}\n'):
            with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as client:
                client.settimeout(_WAIT)
                client.connect(str(path))
                client.sendall(rubbish)
                assert client.recv(100) == b"not understood\n"
        assert first.poll() is None


def test_the_environment_chooses_the_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCENT_HOME", str(tmp_path))
    monkeypatch.setenv("DOCENT_PROFILE", "工作 2")
    assert Paths.default() == Paths.under(tmp_path / "profiles" / "工作 2")
    assert os.environ["DOCENT_PROFILE"] == "工作 2"


@pytest.mark.parametrize("name", ["../other", "a/b", "a\\b", ".", "con", "nul.txt", "x" * 41, "end.", "-start"])
def test_names_that_are_no_folders_are_refused(name: str, tmp_path: Path) -> None:
    done = docent("doctor", f"--profile={name}", home=tmp_path)
    assert done.returncode == 2
    assert "cannot be the name of a profile" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_portable_copy_keeps_everything_beside_itself(tmp_path: Path) -> None:
    program = tmp_path / "stick" / "bin"
    program.mkdir(parents=True)
    # The same interpreter under another name: its folder is the program's.
    (program / "python").symlink_to(Path(sys.executable))
    code = "from assistant.paths import Paths; print(Paths.default().data)"
    variables = {key: value for key, value in environment(tmp_path).items() if key != "DOCENT_HOME"}
    variables |= {"PYTHONHOME": "", "XDG_DATA_HOME": str(tmp_path / "own")}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("-packages"))])

    def where() -> Path:
        run = [str(program / "python"), "-c", code]
        done = subprocess.run(run, env=variables, cwd=ROOT, capture_output=True, text=True, check=True, timeout=_WAIT)
        return Path(done.stdout.strip())

    assert where().is_relative_to(tmp_path / "own")
    (program / "portable").touch()
    assert where() == program / "docent-data" / "data"
