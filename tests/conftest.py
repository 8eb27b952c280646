"""What all tests share: a profile of their own, the shared corpus, small documents, and a look for leftovers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from assistant.paths import Paths
from helpers.documents import Samples

SHARED = (Path(__file__).resolve().parents[1] / ".." / "shared").resolve()
_END_SECONDS = 20.0

if sys.platform == "linux" and not any(map(os.environ.get, ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))):
    # Windows are then made in memory; also by the programs that tests start.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture(scope="session", autouse=True)
def _own_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the profile of whoever runs it, not even one that forgets to say so."""
    before = os.environ.get("DOCENT_HOME")
    os.environ["DOCENT_HOME"] = str(tmp_path_factory.mktemp("home"))
    yield
    if before is None:
        del os.environ["DOCENT_HOME"]
    else:
        os.environ["DOCENT_HOME"] = before


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left(_own_profile: None) -> Iterator[None]:
    """At the end of the session every child process and every thread that keeps a program alive is gone."""
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    yield
    children = [child for child in me.children(recursive=True) if child.pid not in before and not _belongs(child)]
    _, alive = psutil.wait_procs(children, timeout=_END_SECONDS)
    left = [f"process {child.pid} {_command(child)}" for child in alive]
    for thread in threading.enumerate():
        if thread is threading.main_thread() or thread.daemon or thread is threading.current_thread():
            continue
        thread.join(_END_SECONDS)
        if thread.is_alive():
            left.append(f"thread {thread.name}")
    assert not left, "left behind by the tests: " + "; ".join(left)


def _belongs(child: psutil.Process) -> bool:
    """Multiprocessing's own helper lives as long as its interpreter, by design."""
    return "resource_tracker" in _command(child)


def _command(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return "gone"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A fresh profile."""
    return Paths.under(tmp_path / "profile")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with corpus and data, which not every machine has."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared")
    return SHARED


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Small documents made for tests, each when it is first asked for."""
    return Samples(tmp_path_factory.mktemp("samples"))
