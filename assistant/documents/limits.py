"""What one document may cost before Docent says so instead of hanging. All in one place, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the document process. Seconds are wall time of one step, not of a whole document."""

    open_seconds: float = 60.0
    """One native step of opening: repairing a broken PDF, converting a DOCX."""
    page_seconds: float = 8.0
    """Text of one page. Ordinary pages take 2 ms; drawings with 100,000 paths take a few seconds."""
    render_seconds: float = 9.0
    """Pixels of one page. With the text of it, a page that never ends is given up within 20 seconds."""
    memory_mb: int = 1000
    """Resident memory of the document process. A laptop of 8 GB must stay usable; 3,000 pages take some 250 MB."""
    start_seconds: float = 30.0
    """Start of the process on a busy or cold machine (usually 0.4 s)."""
    grace_seconds: float = 0.3
    """How long cancelled work may go on before its process is stopped."""
    batch_seconds: float = 0.02
    """Text of as many pages as fit into this time travels at once, so a page wanted on screen waits no longer."""
    max_pixels: int = 60_000_000
    """One image; a larger one comes back at a smaller scale. 60 million pixels are 180 MB."""
    attempts: int = 2
    """A page that stopped the process this often is left out; one that took too long is not tried again."""


MAX_MEGABYTES: dict[str, int] = {
    # About 1 s to the first page and 2.7 s to the whole text for each MB, of processor time; memory stays below 200 MB,
    # as the pages are laid out again when they are needed. 10 MB are some 2,600 pages.
    "txt": 10,
    "md": 10,
    # One tree of elements for the whole file: about 100 times its size in memory.
    "html": 10,
    # Compressed; unpacked parts have a limit of their own below.
    "docx": 100,
    # Read page by page from the disk.
    "pdf": 4000,
}
"""Largest file of each format, in MB."""

DOCX_UNPACKED_MB = 300
"""All parts of a DOCX together: more than that in one file is a zip bomb."""

DOCX_PART_MB = 60
"""The main part of a DOCX (about 3,000 pages); its converter builds a tree 15 times as large."""

ARCHIVE_MB = 600
"""All parts that are read of one ZIP container, unpacked. Real books and decks with pictures stay below 300."""

PART_MB = 150
"""One part of a ZIP container, unpacked, where its reader names no limit of its own."""

ARCHIVE_NAMES = 50_000
"""Parts of one ZIP container. The largest real decks have some thousand."""

XML_DEPTH = 250
"""Elements inside each other. Word writes some 60 at most; readers that follow them by recursion end at 1,000."""

XML_ELEMENTS = 3_000_000
"""Elements of one part: some 4 s and 500 MB of tree. A contract of 1,000 pages has half a million."""

FLOW_PAGES = 20_000
"""Pages that a document without pages may be laid out into."""

OUTLINE_ITEMS = 5_000
"""Bookmarks that are taken over from a file."""
