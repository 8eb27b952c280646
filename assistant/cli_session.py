"""What the commands share: an engine for one command, its document, and how results and errors are said."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from assistant.errors import DocumentError, PasswordRequired, UsageError, UserError, message
from assistant.jobs import Context
from assistant.terminal import ProgressLine

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.training.flow import Workshop
    from assistant.types import Document, Notice

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_DOCUMENT, EXIT_INTERRUPTED, EXIT_PIPE = 0, 1, 2, 3, 130, 141

_USAGE_CODES = frozenset({"training_unavailable", "data_missing", "data_changed", "data_invalid", "question_empty"})
_PASSWORD_TRIES = 3
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
Json: TypeAlias = dict[str, object]


@contextmanager
def session(options: argparse.Namespace) -> Iterator[tuple[Engine, Context]]:
    """An engine, and a context that Ctrl+C cancels; at the end nothing of it is left."""
    from assistant.engine import Engine

    progress = ProgressLine(sys.stderr)
    ctx = Context(on_progress=progress.report)
    with cancelled_by_signals(ctx), Engine.create() as engine:
        engine.on_notice(lambda notice: say_notice(notice, options.json))
        try:
            yield engine, ctx
        finally:
            progress.clear()


@contextmanager
def workshop(options: argparse.Namespace) -> Iterator[tuple[Workshop, Context]]:
    """The place where models are made from labels, as :func:`session`."""
    with session(options) as (engine, ctx):
        yield engine.workshop(), ctx


@contextmanager
def cancelled_by_signals(ctx: Context) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(number: int, frame: FrameType | None) -> None:
        if ctx.cancelled:
            # Asked twice: the work does not look at its context.
            raise KeyboardInterrupt
        ctx.cancel()

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def terminated_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl+C does, so that the trainer's process is ended as well."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def load(engine: Engine, options: argparse.Namespace, ctx: Context) -> Document:
    document = loaded(options, lambda password: engine.load(options.file, ctx, password))
    for notice in document.notices:
        say_notice(notice, options.json)
    return document


def loaded(options: argparse.Namespace, load: Callable[[str | None], _T]) -> _T:
    """What ``load`` gives with the password from the command line, the environment or a prompt."""
    password = options.password if options.password is not None else os.environ.get("DOCENT_PASSWORD")
    tries = 0
    while True:
        try:
            return load(password)
        except PasswordRequired as error:
            asked = not options.json and options.password is None and sys.stdin.isatty() and sys.stderr.isatty()
            if not asked or tries == _PASSWORD_TRIES:
                raise
            tries += 1
            password = getpass.getpass(f"{error} Password: ", stream=sys.stderr)


def print_json(value: Json) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2)
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Damaged documents give lone surrogates, which UTF-8 cannot hold but JSON's escapes can.
        text = json.dumps(value, indent=2)
    sys.stdout.write(text + "\n")


def error_object(error: UserError) -> Json:
    return {"error": {"code": error.code, "message": str(error)}}


def say_notice(notice: Notice, as_json: bool) -> None:
    text = message(notice.code, dict(notice.params))
    say({"notice": {"code": notice.code, "message": text}}, text, as_json)


def say(value: Json, text: str, as_json: bool) -> None:
    try:
        sys.stderr.write((json.dumps(value, ensure_ascii=True) if as_json else f"docent: {text}") + "\n")
        sys.stderr.flush()
    except OSError as error:
        _log.info("stderr is gone: %s", error.strerror)


def exit_code(error: UserError) -> int:
    if isinstance(error, DocumentError):
        return EXIT_DOCUMENT
    if isinstance(error, UsageError) or error.code in _USAGE_CODES:
        return EXIT_USAGE
    return EXIT_FAILED
