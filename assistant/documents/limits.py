"""What one document may cost before Docent says so instead of hanging. All in one place, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the document process. Seconds are wall time of one step, not of a whole document."""

    open_seconds: float = 18.0
    """One native step of opening: repairing a broken PDF, reading a DOCX of 1,000 pages takes some 5. Whoever waits
    longer believes that it hangs."""
    page_seconds: float = 15.0
    """Text of one page. Ordinary pages take 2 ms; drawings with 100,000 paths take a few seconds."""
    render_seconds: float = 25.0
    """Pixels of one page."""
    memory_mb: int = 900
    """Memory of the document process: resident, watched from outside, and where the system can also what it may ask
    for, so that one step of a hostile file cannot take more before the watch looks. The window and its models take
    half of that; a laptop of 8 GB must stay usable."""
    start_seconds: float = 30.0
    """Start of the process on a busy or cold machine (usually 0.4 s)."""
    grace_seconds: float = 0.3
    """How long cancelled work may go on before its process is stopped."""
    batch_seconds: float = 0.01
    """Text of as many pages as fit into this time travels at once. A page wanted on screen waits no longer than for two
    of these: the one that is worked on, and the one that waits in the pipe."""
    max_pixels: int = 60_000_000
    """One image; a larger one comes back at a smaller scale. 60 million pixels are 240 MB."""
    recognise_seconds: float = 120.0
    """Recognising one page. A full one takes 2 to 4 s of one core, a newspaper's page 30; a machine may be busy."""
    recognise_memory_mb: int = 2000
    """Resident memory of the recognising process: 400 for the models, the rest for a page's pictures."""
    attempts: int = 2
    """A page that stopped the process this often is left out."""


MAX_MEGABYTES: dict[str, int] = {
    # About 1 s to the first page and 2.7 s to the whole text for each MB, of processor time; memory stays below 200 MB,
    # as the pages are laid out again when they are needed. 10 MB are some 2,600 pages.
    "txt": 10,
    "md": 10,
    # One tree of elements for the whole file: about 100 times its size in memory.
    "html": 10,
    # Text has a limit of its own below; the rest are attachments, which are decoded when they are opened.
    "eml": 100,
    "msg": 100,
    "mhtml": 60,
    # Converted by another program, in the time below.
    "doc": 100,
    "xls": 100,
    "ppt": 200,
    # Compressed; unpacked parts have a limit of their own below.
    "docx": 100,
    # Read page by page from the disk.
    "pdf": 4000,
    "image": 4000,
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

IMAGE_MEGAPIXELS = 80
"""One picture: A3 at 600 dpi has 70. Decoded, converted and handed over it takes up to ten bytes a pixel."""

OUTLINE_ITEMS = 5_000
"""Bookmarks that are taken over from a file."""

FLOW_DEPTH = 120
"""Elements inside each other on a page that is laid out; MuPDF ends at 256. What is deeper loses its tags."""

FLOW_ELEMENTS = 300_000
"""Elements of a document that is laid out, at 50 us each: some 15 s. Inline ones count a quarter."""

HTML_DEPTH = 10_000
"""Elements inside each other in an HTML file. Sloppy pages never close thousands; a parser's time grows with the square
(half a second here, minutes for 200,000)."""

FLOW_PICTURE_PIXELS = 64_000_000
"""One picture in HTML or mail. Cameras make 50 million; decoded it takes 250 MB."""

FLOW_PICTURES_MB = 60
"""All pictures of one HTML file or mail, as they are written."""

MAIL_TEXT_MB = 10
"""One body of a message, decoded; as for HTML and plain text."""

MAIL_DEPTH = 40
"""Parts of a message inside each other, attached messages included. A thread of forwards has some ten."""

MAIL_PARTS = 2_000
"""Parts of a message, attached messages included."""

OFFICE_SECONDS = 15.0
"""LibreOffice's time for a file, of which its start takes 2 to 6 s; fuzzed files can keep it busy for ever."""

OFFICE_SECONDS_MB = 5.0
"""And for each MB of the file: a thousand pages of text are some 5 MB and take 20 s."""

ATTACHMENTS = 1_000
"""Attachments that a document lists."""

ATTACHMENT_MB = 300
"""One attachment, unpacked, which travels between the processes in one piece."""

MEMORY_SPARE_MB = 100
"""What the document process may ask for beyond ``Limits.memory_mb``: what is asked for is not all used."""

MEMORY_LEAST_MB = 400
"""Below that it could not start; it needs 150."""

TEMPORARY_MB = 1_000
"""One file that the document process or LibreOffice writes, into a folder that is removed."""
