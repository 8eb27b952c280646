"""Python's cyclic garbage collector, run on the main thread when the window rests.

Left alone it runs on whatever thread makes the next object. There it would end Qt objects off the main thread, which Qt
does not allow; and a full pass over the hundred thousand sentences, mentions and spans of a long document holds every
thread, the window's included, for a tenth of a second and more. (Anki and Calibre collect on the main thread for the
first reason.)
"""

from __future__ import annotations

import gc
import logging
import time

from PySide6.QtCore import QObject, QTimer

_log = logging.getLogger(__name__)
_YOUNG_MS = 1_000
_YOUNG_OBJECTS = 700
_YOUNG_PASSES = 10
"""As many new objects, and passes over them, as make Python itself collect the next older generation."""
_LONG = 0.01
"""A pass that takes this long (seconds) met more than a window's own objects."""


class Collector(QObject):
    """Takes over from Python's automatic collection until :meth:`close`. Main thread only.

    Young objects are collected once a second. :meth:`settle` sets those aside that have come to stay, and no pass looks
    at them again; :meth:`collect_all` looks at everything, after a document was closed.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._timer = QTimer(self, interval=_YOUNG_MS)
        self._timer.timeout.connect(self._collect_young)

    def start(self) -> None:
        gc.disable()
        gc.freeze()
        self._timer.start()

    def close(self) -> None:
        """Give the collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    def settle(self) -> None:
        """What is there now, the results of a long analysis for instance, will be there for long."""
        if self._timer.isActive():
            gc.freeze()

    def collect_all(self) -> None:
        """A pass over everything, once the window has nothing else to do."""
        QTimer.singleShot(0, self, self._collect_all)

    def _collect_young(self) -> None:
        youngest, younger, _ = gc.get_count()
        if youngest < _YOUNG_OBJECTS:
            return
        began = time.perf_counter()
        gc.collect(1 if younger > _YOUNG_PASSES else 0)
        if time.perf_counter() - began > _LONG:
            # So many at once are results; the next pass need not go through them again.
            gc.freeze()

    def _collect_all(self) -> None:
        if self._timer.isActive():
            gc.unfreeze()
            _log.debug("%d unreachable objects", gc.collect())
            gc.freeze()
