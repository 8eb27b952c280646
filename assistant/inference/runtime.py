"""ONNX Runtime sessions: which provider truly runs, how many threads, how many runs at a time.

CUDA is taken only after a probe in a child process succeeded. The verdict is remembered, so a driver that hangs or
crashes costs one attempt, not one at each start. CPU runs int8 graphs; CUDA, which has no kernels for dynamic int8,
runs a float16 graph derived from the same weights (:mod:`assistant.inference.dequantize`).

On a CPU each run has one thread, and as many runs as there are cores go side by side. Two threads inside one run wait
for each other at every operator; on two cores a run each is a quarter to a half faster, needs no large batches (so
less padding), and a busy machine slows it less.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import psutil

from assistant.errors import ModelError
from assistant.inference.manifest import Manifest
from assistant.inference.pool import Pool
from assistant.types import ProviderInfo

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
PROBE_SECONDS = 60
CPU_BATCH, CUDA_BATCH = 256, 4096
"""Padded pieces in one run. What one core works on then stays in its cache: 256 take about 25 ms."""
# On a CPU these fused operators are slower than their parts: 1.7 ms instead of 0.6 for a norm of 1,920 pieces, 1.7
# instead of 1.0 for a GELU.
UNFUSED = ("SkipLayerNormFusion", "BiasSkipLayerNormFusion", "BiasGeluFusion")

_log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[np.float32] | npt.NDArray[np.int64]]


def probe_in_child(provider: str) -> str | None:
    """Run the probe in a process of its own. None if the provider works, otherwise a short reason."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "assistant.inference.probe", provider],
            capture_output=True, text=True, timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL, check=False,
            # The child finds this package wherever the parent found it.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the probe did not end ({type(error).__name__})"
    if done.returncode == 0:
        return None
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else f"the probe ended with {done.returncode}"


def _driver() -> str:
    """Changes when NVIDIA's driver is installed, updated or removed, so that CUDA is probed again."""
    linux = Path("/proc/driver/nvidia/version")
    windows = Path(os.environ.get("SYSTEMROOT", "C:\\Windows")) / "System32" / "nvcuda.dll"
    try:
        if linux.is_file():
            return hashlib.sha256(linux.read_bytes()).hexdigest()[:12]
        if windows.is_file():
            return str(windows.stat().st_mtime_ns)
    except OSError as error:
        return type(error).__name__
    return "none"


class Runtime:
    """Makes sessions. Thread-safe; the provider is chosen when the first one is made."""

    def __init__(
        self,
        memory: Path | None = None,
        *,
        threads: int | None = None,
        available: Callable[[], Sequence[str]] = onnxruntime.get_available_providers,
        probe: Callable[[str], str | None] = probe_in_child,
    ) -> None:
        """``memory`` is the JSON file that remembers the probe's verdict; None: probe once per object."""
        cores = psutil.cpu_count(logical=False) or 1
        # Beyond eight threads a 384-wide encoder gains nothing; on big machines a core stays free for the window.
        self.threads = threads or max(1, min(cores if cores <= 4 else cores - 1, 8))
        self._memory = memory
        self._available = available
        self._probe = probe
        self._lock = threading.Lock()
        self._pools: dict[str, Pool] = {}
        self._choice: tuple[str, str | None] | None = None
        self._actual: tuple[str, str] | None = None

    def session(self, manifest: Manifest, folder: Path, cache: Path | None = None) -> Session:
        """A session for a verified graph. Raises ModelError. ``cache`` is where a derived float16 graph is kept."""
        provider, _ = self.choice()
        path = manifest.verified_graph(folder)
        # A model of a user's that float16 changes too much says so ("half").
        if provider == CUDA and cache is not None and manifest.settings.get("half", 0) <= 0.01:
            made = self._cuda_session(manifest, path, cache)
            if made is not None:
                return made
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=[CPU], disabled_optimizers=list(UNFUSED)
            )
        except Exception as error:  # onnxruntime raises a family of its own; all of them mean a bad graph
            raise ModelError("model_unsafe", path=str(path), why="ONNX Runtime cannot load it") from error
        # The encoders do nearly all of the work; a small float head beside them does not change what "runs" means.
        if self._actual is None or manifest.precision == "int8":
            self._actual = ("CPU", manifest.precision)
        return Session(session, self._pool(CPU, self.threads), self.threads, CPU_BATCH)

    def _cuda_session(self, manifest: Manifest, path: Path, cache: Path) -> Session | None:
        from assistant.inference.dequantize import half_graph

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            graph = half_graph(path, cache, manifest.files[manifest.graph].sha256)
            session = onnxruntime.InferenceSession(str(graph), options, providers=[CUDA, CPU])
        except Exception as error:  # noqa: BLE001 - whatever a GPU does wrong, reading goes on on the CPU
            _log.warning("CUDA session for %s failed (%s); the CPU runs it", manifest.id, type(error).__name__)
            self._set_choice(CPU, f"a session failed: {type(error).__name__}")
            return None
        if session.get_providers()[0] != CUDA:
            self._set_choice(CPU, "a session fell back to the CPU")
            return None
        self._actual = ("CUDA", "fp16")
        return Session(session, self._pool(CUDA, 1), 1, CUDA_BATCH)

    def _pool(self, provider: str, workers: int) -> Pool:
        """The threads that run graphs, shared by all sessions: more at once would fight for the cores."""
        with self._lock:
            if provider not in self._pools:
                self._pools[provider] = Pool(workers)
            return self._pools[provider]

    def info(self) -> ProviderInfo:
        """What truly runs: of the sessions made so far, or of the choice where none was made yet."""
        provider, reason = self.choice()
        name, precision = self._actual or (("CUDA", "fp16") if provider == CUDA else ("CPU", "int8"))
        return ProviderInfo(name, precision, self.threads, reason)

    def choice(self) -> tuple[str, str | None]:
        """Provider to ask for, and why it is not a better one."""
        with self._lock:
            if self._choice is None:
                self._choice = self._choose()
            return self._choice

    def _choose(self) -> tuple[str, str | None]:
        if CUDA not in self._available():
            return CPU, None
        remembered = self._recall()
        if remembered is not None:
            return remembered
        # Written before the probe: should the whole machine go down with it, the next start does not try again.
        self._remember(CPU, "the last probe of CUDA did not end")
        problem = self._probe(CUDA)
        choice = (CUDA, None) if problem is None else (CPU, problem)
        self._remember(*choice)
        _log.info("provider: %s (%s)", *choice)
        return choice

    def _set_choice(self, provider: str, reason: str | None) -> None:
        with self._lock:
            self._choice = provider, reason
            self._remember(provider, reason)

    def _key(self) -> str:
        return f"onnxruntime {onnxruntime.__version__}, driver {_driver()}"

    def _recall(self) -> tuple[str, str | None] | None:
        if self._memory is None or not self._memory.is_file():
            return None
        try:
            stored = json.loads(self._memory.read_text(encoding="utf-8"))
            if stored["key"] == self._key() and stored["provider"] in (CPU, CUDA):
                return stored["provider"], stored["reason"]
        except (OSError, ValueError, KeyError, TypeError):
            _log.warning("%s cannot be read; the provider is probed again", self._memory)
        return None

    def _remember(self, provider: str, reason: str | None) -> None:
        if self._memory is None:
            return
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps({"key": self._key(), "provider": provider, "reason": reason})
            self._memory.write_text(content, encoding="utf-8")
        except OSError as error:
            _log.warning("the provider's probe cannot be remembered: %s", error)


def float_session(path: Path) -> Callable[[Arrays], list[npt.NDArray[np.float32]]]:
    """A plain CPU session for a graph that was made just now and is compared with what it was made from."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=[CPU])
    return lambda feeds: list(session.run(None, dict(feeds)))


class Session:
    """One loaded graph. Thread-safe. Runs go through the threads that all sessions of a runtime share."""

    def __init__(self, session: onnxruntime.InferenceSession, pool: Pool, workers: int, batch: int) -> None:
        self._session = session
        self._pool = pool
        self._workers = workers
        self.batch = batch
        """Padded pieces in one run with which this session is quickest."""
        self.inputs = tuple(item.name for item in session.get_inputs())
        self.outputs = tuple(item.name for item in session.get_outputs())
        self.widths = {item.name: item.shape[-1] for item in session.get_inputs()}
        """Size of each input's last axis; a name where the graph leaves it open."""

    @property
    def providers(self) -> list[str]:
        return list(self._session.get_providers())

    def run(self, feeds: Arrays) -> list[Floats]:
        """The graph's outputs. Blocks until one of the runtime's threads has run it; never call it from one."""
        return self._pool.submit(partial(self._run, feeds)).result()

    def map(self, feeds: Sequence[Callable[[], Arrays]], check: Callable[[], None]) -> Iterator[list[Floats]]:
        """Outputs for each of ``feeds`` in their order, several runs side by side.

        ``feeds`` are called on the threads that run the graph. ``check`` is called between runs and may raise: then,
        and where the caller stops listening, nothing more is started.
        """
        waiting: deque[Future[list[Floats]]] = deque()
        try:
            for make in feeds:
                check()
                waiting.append(self._pool.submit(partial(self._made, make)))
                # One for each thread, and one each so that none waits while the caller works on the results.
                if len(waiting) >= 2 * self._workers:
                    yield waiting.popleft().result()
            while waiting:
                check()
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _made(self, make: Callable[[], Arrays]) -> list[Floats]:
        return self._run(make())

    def _run(self, feeds: Arrays) -> list[Floats]:
        return list(self._session.run(None, dict(feeds)))
