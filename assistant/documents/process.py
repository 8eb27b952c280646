"""The window's side of the document process: start, talk, watch, kill."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]

from assistant.documents import wire
from assistant.documents.limits import MEMORY_LEAST_MB, MEMORY_SPARE_MB
from assistant.documents.marks import Marks

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.05
_NO_WINDOW = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))  # exists on Windows only
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class ChildFailure(Exception):  # noqa: N818 - a state of the process, not a mistake in the program
    """The process is gone or was stopped. ``reason``: ``died``, ``timeout``, ``memory`` or ``cancelled``."""

    def __init__(self, reason: str, page: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.page = page


class ChildProcess:
    """One run of the document process. Used by the dispatcher thread only, but for :meth:`send` and :meth:`stop`."""

    def __init__(self, start_seconds: float, memory_mb: int) -> None:
        """Raises ChildFailure if it does not come up."""
        self._folder = _temporary_folder()
        self._messages: queue.Queue[tuple[wire.Header, bytes] | None] = queue.Queue()
        self._marks = Marks()
        self._process = subprocess.Popen(
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(self._folder, memory_mb),
            # Ctrl+C in a terminal stops the program, which then ends this process in its own time.
            start_new_session=sys.platform != "win32",
            creationflags=_NO_WINDOW,
        )
        self._reader = threading.Thread(target=self._read, name="document-process-reader", daemon=True)
        self._reader.start()
        try:
            self._watch = psutil.Process(self._process.pid)
            message = self._messages.get(timeout=start_seconds)
        except (queue.Empty, psutil.Error):
            message = None
        if message is None:
            self.stop()
            raise ChildFailure("died")
        log.info("the document process is confined: %s", ", ".join(message[0].get("confined", ())) or "not here")
        try:
            self.send({"op": "marks", "segment": self._marks.name, "id": 0}, start_seconds)
        except OSError:
            self.stop()
            raise ChildFailure("died") from None

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def call(
        self,
        header: wire.Header,
        seconds: float,
        memory_mb: int,
        abandoned: threading.Event,
        grace: float,
        meanwhile: Callable[[], None] | None = None,
    ) -> tuple[wire.Header, bytes]:
        """Send a request and wait for its reply. ``seconds`` start anew at every page that the process says it is at.
        ``meanwhile`` is called in between.

        Raises ChildFailure; the process is dead then.
        """
        try:
            self.send(header, seconds)
        except OSError:
            self.stop()
            raise ChildFailure("died") from None
        if meanwhile is not None:
            meanwhile()
        return self.receive(header["id"], seconds, memory_mb, abandoned, grace)

    def send(self, header: wire.Header, seconds: float) -> None:
        """Write a request. From any thread, while no other writes. Raises OSError where the process is gone."""
        assert self._process.stdin is not None
        try:
            wire.write(self._process.stdin, {**header, "limit": seconds})
        except ValueError:
            raise OSError("the pipe is closed") from None

    def receive(
        self, number: int, seconds: float, memory_mb: int, abandoned: threading.Event, grace: float
    ) -> tuple[wire.Header, bytes]:
        """Wait for the reply to the request with that id, as :meth:`call` does; those to others are dropped."""
        until = time.monotonic() + seconds
        count = self._marks.count
        given_up: float | None = None
        while True:
            try:
                message = self._messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                now = time.monotonic()
                if self._marks.count != count:
                    count, until = self._marks.count, now + seconds
                if now > until:
                    reason = "timeout"
                elif self._memory_mb() > memory_mb:
                    reason = "memory"
                elif abandoned.is_set():
                    given_up = given_up or now
                    if now - given_up < grace:
                        continue
                    reason = "cancelled"
                else:
                    continue
                page = self._marks.page
                self.stop()
                raise ChildFailure(reason, page) from None
            if message is None:
                page = self._marks.page
                self.stop()
                raise ChildFailure("died", page)
            reply, blob = message
            if reply.get("id") == number:
                return reply, blob

    def stop(self) -> None:
        """End the process and what it started now, and remove what they wrote. Idempotent."""
        self._kill()
        self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        for stream in (self._process.stdin,):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    log.debug("pipe of the document process was closed already")
        if threading.current_thread() is not self._reader:
            self._reader.join(timeout=5)
        self._marks.close()

    def _kill(self) -> None:
        if sys.platform == "win32":
            try:
                for child in psutil.Process(self._process.pid).children(recursive=True):
                    child.kill()
            except psutil.Error:
                log.debug("what the document process started is gone already")
        elif self._process.returncode is None:
            try:
                # It leads a group of its own.
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                log.debug("the document process's group is gone already")
        self._process.kill()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while True:
                self._messages.put(wire.read(stream))
        except (EOFError, OSError, ValueError, TypeError):
            self._messages.put(None)
        finally:
            stream.close()

    def _memory_mb(self) -> float:
        try:
            return float(self._watch.memory_info().rss) / 1e6
        except psutil.Error:
            return 0.0


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        # A frozen program has no interpreter; its entry point knows this argument.
        return [sys.executable, "--document-process"]
    # -P: the current folder is no place to import from; it may be where a hostile file was saved.
    return [sys.executable, "-P", "-c", "from assistant.documents.child import main; main()"]


def _temporary_folder() -> str | None:
    """A folder of its own for what the process and its children write; None where there is no room for one."""
    try:
        return tempfile.mkdtemp(prefix="docent-")
    except OSError as error:
        log.warning("no temporary folder: %s", error)
        return None


def _environment(folder: str | None, memory_mb: int) -> dict[str, str]:
    environment = dict(os.environ)
    environment["DOCENT_MEMORY_MB"] = str(max(memory_mb + MEMORY_SPARE_MB, MEMORY_LEAST_MB))
    if folder is not None:
        for name in ("TMPDIR", "TEMP", "TMP", "DOCENT_TEMPORARY"):
            environment[name] = folder
    paths = [str(_PACKAGE_ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    # Its text goes through JSON; nothing else is printed or read.
    environment["PYTHONUTF8"] = "1"
    return environment
