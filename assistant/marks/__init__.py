"""What readers leave in documents: highlights, underlines, notes, bookmarks."""

from assistant.marks.marks import Marks

__all__ = ["Marks"]
