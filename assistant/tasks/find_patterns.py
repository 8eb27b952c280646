"""Finding a regular expression that the user wrote, line by line, within a time.

The ``regex`` package releases the interpreter while it matches text and gives up when it is told to, so that an
expression that tries everything ((a+)+b) costs its time and nothing else. A paragraph is one line of the text, so ``^``
and ``$`` are its ends.
"""

from __future__ import annotations

import time

import regex

from assistant.errors import UsageError
from assistant.jobs import JobContext
from assistant.tasks.find import folded
from assistant.types import Span

_LINE_SECONDS = 0.4
"""For one paragraph; after it the search is given up."""
_ALL_SECONDS = 20.0
_PUBLISH_EVERY = 200_000
"""Code points."""
_LONGEST = 2_000


def find_pattern(
    text: str, pattern: str, ctx: JobContext, *, case: bool = False, words: bool = False, accents: bool = False
) -> list[Span]:
    """All places that ``pattern`` matches, in order, without overlaps and without empty ones.

    Publishes what was found so far (a tuple of spans). Raises ``UsageError``: ``find_pattern_wrong`` for what is no
    regular expression, ``find_pattern_slow`` where it takes too long; what was published by then is right.
    """
    if not pattern:
        return []
    if len(pattern) > _LONGEST:
        raise UsageError("find_pattern_long", limit=_LONGEST)
    compiled = _compiled(pattern, case=case, words=words, accents=accents)
    if not accents:
        text = folded(text, ctx)
    until = time.monotonic() + _ALL_SECONDS
    found: list[Span] = []
    start = told = 0
    while start < len(text):
        ctx.check()
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        try:
            # The name is what the package calls releasing the interpreter.
            for match in compiled.finditer(text, start, stop, concurrent=True, timeout=_LINE_SECONDS):
                if match.start() < match.end():
                    found.append(Span(*match.span()))
        except TimeoutError:
            _publish(found, ctx)
            raise UsageError("find_pattern_slow") from None
        if time.monotonic() > until:
            _publish(found, ctx)
            raise UsageError("find_pattern_slow")
        start = stop + 1
        if start - told > _PUBLISH_EVERY and start < len(text):
            told = start
            _publish(found, ctx)
    return found


def _compiled(pattern: str, *, case: bool, words: bool, accents: bool) -> regex.Pattern[str]:
    flags = regex.VERSION0 | regex.MULTILINE | (0 if case else regex.IGNORECASE)
    source = pattern if accents else folded(pattern)
    try:
        # First as it was written: what is wrong with it is told by its own positions.
        regex.compile(source, flags)
        return regex.compile(rf"\b(?:{source})\b" if words else source, flags)
    except regex.error as error:
        why = str(getattr(error, "msg", error))
        position = getattr(error, "pos", None)
        place = pattern[position : position + 12] if isinstance(position, int) else ""
        raise UsageError("find_pattern_wrong", why=why, near=place or pattern[-12:]) from None
    except (OverflowError, RecursionError, MemoryError, ValueError):
        raise UsageError("find_pattern_wrong", why="it is too large", near=pattern[:12]) from None


def _publish(found: list[Span], ctx: JobContext) -> None:
    if found:
        ctx.publish(tuple(found))
