"""What the thread that opens a document hands to the window, and how it passes on what comes before the end.

No widgets here. The thread is the job's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from assistant.jobs import JobContext, Progress
from ui.models.document_pages import Ahead

if TYPE_CHECKING:
    from assistant.engine import Begun, OpenDocument, Place

_SHOWN_SECONDS = 0.1
"""So long the sizes of the other pages wait for the first picture to be on the screen."""


@dataclass(frozen=True, slots=True)
class Openable:
    """What the thread that opens a document tells the window."""

    opened: OpenDocument
    place: Place | None
    ahead: Ahead | None


class Opening:
    """The context of an opening: what the engine publishes is passed on with what the window needs besides."""

    def __init__(self, ctx: JobContext, complete: Callable[[OpenDocument], Openable], shown: threading.Event) -> None:
        self._ctx = ctx
        self._complete = complete
        self._shown = shown

    def check(self) -> None:
        self._ctx.check()

    def report(self, progress: Progress) -> None:
        self._ctx.report(progress)

    def publish(self, partial: object) -> None:
        self._ctx.publish(self._complete(cast("OpenDocument", partial)))
        # The window takes, and shows, the first picture next: nothing is to run beside it.
        self._shown.wait(_SHOWN_SECONDS)


def ready(begun: Begun | None, opened: OpenDocument, place: Place | None) -> Ahead | None:
    """The picture that was begun with the opening, unless the reader left off somewhere else."""
    if begun is None or begun.first is None or begun.fit is None or not opened.page_sizes:
        return None
    scale = begun.fit.scale(opened.page_sizes[0])
    return Ahead(1, scale, begun.first) if scale is not None and place is None else None
