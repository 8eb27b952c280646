"""The program's log: a rotating file in the profile, and stderr when asked for. A document's text never gets in.

Modules log codes, numbers, names of files and of errors. As an exception's message may quote the document (a
``KeyError`` does), tracebacks show where and which error, and the message only of kinds that cannot quote it.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback
from types import TracebackType
from typing import TextIO

from assistant.errors import DocentError
from assistant.paths import Paths

_FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(threadName)s %(name)s: %(message)s"
_MAX_BYTES = 1_000_000
_BACKUPS = 3
_QUOTES_NOTHING = (OSError, ImportError, MemoryError)
_NAME = "docent.log"
_OWN = ("assistant", "ui", "py.warnings")


def configure(paths: Paths, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Log to ``paths.log/docent.log``, and to ``stream`` (stderr) where ``verbose``. May be called again.

    A folder that cannot be written costs the file log, never the program.
    """
    level = logging.DEBUG if verbose else logging.INFO
    # With no handler at all, logging's last resort would write to stderr.
    handlers: list[logging.Handler] = [logging.NullHandler()]
    problem: OSError | None = None
    try:
        paths.log.mkdir(parents=True, exist_ok=True)
        handlers.append(
            _RotatingFile(paths.log / _NAME, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8", delay=True)
        )
    except OSError as error:
        problem = error
    if verbose:
        handlers.append(logging.StreamHandler(stream or sys.stderr))
    for name in _OWN:
        logger = logging.getLogger(name)
        for old in [handler for handler in logger.handlers if getattr(handler, "docent", False)]:
            logger.removeHandler(old)
            old.close()
        for handler in handlers:
            handler.setFormatter(_Formatter(_FORMAT))
            handler.docent = True  # type: ignore[attr-defined]
            logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = name == "py.warnings"
    logging.captureWarnings(True)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    # A full disk must not fill the terminal with the logging module's own tracebacks.
    logging.raiseExceptions = False
    if problem is not None:
        logging.getLogger(__name__).warning("no log file: %s", problem.strerror)


class _RotatingFile(logging.handlers.RotatingFileHandler):
    """Goes on in the same file where it cannot be renamed (Windows, while another Docent has it open)."""

    def doRollover(self) -> None:  # noqa: N802 - named by logging
        try:
            super().doRollover()
        except OSError:
            # Not a loss: the file grows until the other process ends.
            if self.stream is None:
                self.stream = self._open()


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # A record keeps the traceback as the first handler wrote it, which may be somebody else's and quote the error.
        before, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = before

    def formatException(  # noqa: N802 - named by logging
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        error = ei[1]
        lines: list[str] = []
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            part = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            lines = [*part, describe(error), *(["caused:"] if lines else []), *lines]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def describe(error: BaseException) -> str:
    """The error in words that may be logged: its type, and its message where that cannot quote a document."""
    name = type(error).__name__
    if isinstance(error, DocentError):
        return f"{name}: {error.code}"
    if isinstance(error, _QUOTES_NOTHING) or type(error).__module__ == "sqlite3":
        return f"{name}: {error}"
    return name
