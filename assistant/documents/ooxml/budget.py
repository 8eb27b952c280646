"""What one office document may still cost: characters, paragraphs, cells. What is over it is left out, and said so."""

from __future__ import annotations

from assistant.documents.limits import MEGABYTE, OFFICE_PARAGRAPHS, OFFICE_TEXT_MB, TABLE_CELLS
from assistant.errors import Param


class Budget:
    """Of one document."""

    def __init__(self) -> None:
        self._characters = int(OFFICE_TEXT_MB * MEGABYTE)
        self._paragraphs = OFFICE_PARAGRAPHS
        self._cells = TABLE_CELLS
        self._drawn: set[str] = set()
        self.notices: list[tuple[str, dict[str, Param]]] = []
        """What was left out, as far as reading has come."""

    def take(self, text: str) -> str:
        """The text, as far as there is room for it."""
        if len(text) > self._characters:
            # Blanks cost nothing where they are not shown.
            text = " ".join(text.split())
            if len(text) > self._characters:
                self.note("text_truncated", OFFICE_TEXT_MB)
                text = text[: self._characters]
        self._characters -= len(text)
        return text

    def blocks(self, found: list[str]) -> list[str]:
        """Blocks of HTML from elsewhere: all of them, or none."""
        size = sum(map(len, found))
        if size > self._characters:
            self.note("text_truncated", OFFICE_TEXT_MB)
            return []
        self._characters -= size
        return found

    def paragraph(self) -> bool:
        """Whether there may be one more."""
        self._paragraphs -= 1
        if self._paragraphs < 0:
            self.note("paragraphs_left_out", OFFICE_PARAGRAPHS)
        return self._paragraphs >= 0

    def cell(self) -> bool:
        """Whether there may be one more."""
        self._cells -= 1
        # Its first paragraph counts as the cell.
        self._paragraphs += 1
        if self._cells < 0:
            self.note("cells_left_out", TABLE_CELLS)
        return self._cells >= 0

    def first(self, part: str | None) -> str | None:
        """The part (a chart, notes), if it has not been read: it is shown once, however often it is referred to."""
        if part is None or part in self._drawn:
            return None
        self._drawn.add(part)
        return part

    def note(self, code: str, limit: int) -> None:
        """Something was left out because of a limit."""
        if all(code != known for known, _ in self.notices):
            self.notices.append((code, {"limit": limit}))
