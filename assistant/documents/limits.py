"""What one document may cost before Docent says so instead of hanging. All in one place, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the document process. Seconds are wall time of one step, not of a whole document."""

    open_seconds: float = 60.0
    """One native step of opening: repairing a broken PDF, converting a DOCX."""
    page_seconds: float = 15.0
    """Text of one page. Ordinary pages take 2 ms; drawings with 100,000 paths take a few seconds."""
    render_seconds: float = 25.0
    """Pixels of one page."""
    memory_mb: int = 2500
    """Resident memory of the document process. A laptop of 8 GB must stay usable."""
    start_seconds: float = 30.0
    """Start of the process on a busy or cold machine (usually 0.4 s)."""
    grace_seconds: float = 0.3
    """How long cancelled work may go on before its process is stopped."""
    batch_seconds: float = 0.02
    """Text of as many pages as fit into this time travels at once, so a page wanted on screen waits no longer."""
    max_pixels: int = 60_000_000
    """One image; a larger one comes back at a smaller scale. 60 million pixels are 180 MB."""
    attempts: int = 2
    """A page that stopped the process this often is left out."""


MAX_MEGABYTES: dict[str, int] = {
    # About 1 s to the first page and 2.7 s to the whole text for each MB, of processor time; memory stays below 200 MB,
    # as the pages are laid out again when they are needed. 10 MB are some 2,600 pages.
    "txt": 10,
    "md": 10,
    # One tree of elements for the whole file: about 100 times its size in memory.
    "html": 10,
    # Compressed; unpacked parts have a limit of their own below. Pictures and films make most of the size.
    "docx": 400,
    "pptx": 1000,
    # Read page by page from the disk.
    "pdf": 4000,
}
"""Largest file of each format, in MB."""

OFFICE_PART_MB = 100
"""One XML part of a DOCX or PPTX, unpacked. A contract of 1,000 pages has 30; spaces deflate to a thousandth."""

OFFICE_ELEMENTS = 2_000_000
"""Elements of one part of an office document: with what is made of them, 1 GB. A contract of 1,000 pages has half a
million."""

OFFICE_TEXT_MB = 10
"""Text of one office document, in million characters; the rest is left out, as of plain text. Some 2,600 pages."""

OFFICE_PARAGRAPHS = 150_000
"""Paragraphs of one office document, some 5,000 pages of single lines. A contract of 1,000 pages has 30,000."""

PICTURE_MB = 16
"""One picture of an office document, as it is in the file."""

PICTURES_MB = 64
"""All pictures of an office document that are shown, counted each time: they stay in memory, as do their pages'."""

PICTURE_PIXELS = 40_000_000
"""Of one picture: 120 MB when it is drawn. A phone takes 12 to 50 million, and smaller ones go into documents."""

TABLE_COLUMNS = 60
"""Columns of a table that is laid out as one; the cells of a wider one follow each other as lines of text."""

TABLE_CELLS = 200_000
"""Cells of all tables of one office document; the rest is left out. So many are a price list of 1,000 pages, and take
some 4 s and 700 MB."""

TABLE_SPANS = 1_000
"""Columns or rows that one cell may cover. Word itself allows 63 columns."""

SLIDES = 5_000
"""Slides of one presentation."""

SLIDE_SHAPES = 60_000
"""Shapes of one presentation: 30 on each of 2,000 slides."""

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
