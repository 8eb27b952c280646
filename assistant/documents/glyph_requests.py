"""Asks the document process for the glyphs of a page, and brings them together with the document's text."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np

from assistant.documents import wire
from assistant.documents.dispatch import Dispatcher
from assistant.documents.glyphs import page_text
from assistant.documents.held import State
from assistant.errors import DocumentError
from assistant.types import PageText

_NO_GLYPHS = np.zeros((0, 8), np.float32), np.zeros(0, np.int32)


class GlyphRequests:
    """Thread-safe; futures are fulfilled on the dispatcher's thread.

    :param seconds: that the document process may take for a page.
    """

    def __init__(self, dispatcher: Dispatcher, seconds: float) -> None:
        self._dispatcher = dispatcher
        self._seconds = seconds

    def request(self, state: State, page: int, priority: int, future: Future[PageText]) -> None:
        """``future`` is the caller's; cancelled before the request is sent, it stays unsent."""
        assert state.maps is not None
        page_map = state.maps[page - 1]
        found = state.recognised.get(page - 1) if page in state.pictures else None
        corners_after, levels_after = found.glyph_boxes() if found is not None else _NO_GLYPHS
        layer = page_map.glyphs - len(levels_after)
        if layer == 0 or len(page_map.runs) == 0:
            if future.set_running_or_notify_cancel():
                future.set_result(page_text(page, page_map, corners_after, levels_after))
            return

        def finish(reply: wire.Header, blob: bytes) -> PageText:
            count = int(reply["glyphs"])
            if count != layer:
                # The file is another one than when its text was read.
                raise DocumentError("document_changed", path=str(state.opened.path))
            corners = np.frombuffer(blob, np.float32, count * 8).reshape(count, 8)
            levels = np.frombuffer(blob, np.int32, count, count * 32)
            return page_text(
                page, page_map, np.vstack([corners, corners_after]), np.concatenate([levels, levels_after])
            )

        self._dispatcher.submit(
            {"op": "glyphs", "document": state.known.id, "page": page - 1},
            finish,
            priority=priority,
            seconds=self._seconds,
            known=state.known,
            page=page - 1,
            retries=True,
            future=future,
        )
