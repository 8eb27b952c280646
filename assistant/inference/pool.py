"""Threads that run graphs: as many as are useful at once, and none while there is nothing to run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")


class Pool:
    """Runs work on up to ``workers`` threads in the order in which it came. Thread-safe.

    In place of ``ThreadPoolExecutor``, whose threads wait for work as long as the pool lives, although most of the time
    a reader reads. A thread here ends with the last work; the program's end waits for what is running.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = 0

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """``work`` on one of the threads; the future may be cancelled until it has begun."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append((future, work))
            more = self._threads < self._workers
            self._threads += more
        if more:
            threading.Thread(target=self._serve, name="model").start()
        return future

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                future, work = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever waits for the result gets it
                future.set_exception(error)
            # Otherwise the last result would live on while the next work runs.
            del future, work
