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
    page_seconds: float = 8.0
    """Text of one page. Ordinary pages take 2 ms; drawings with 100,000 paths take a few seconds."""
    render_seconds: float = 9.0
    """Pixels of one page. With the text of it, a page that never ends is given up within 20 seconds."""
    memory_mb: int = 900
    """Memory of the document process: resident, watched from outside, and where the system can also what it may ask
    for, so that one step of a hostile file cannot take more before the watch looks. The window and its models take
    half of that; a laptop of 8 GB must stay usable. 3,000 pages take some 250 MB."""
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
    """A page that stopped the process this often is left out; one that took too long is not tried again."""


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
    # Compressed; unpacked parts have a limit of their own below. Pictures and films make most of the size.
    "docx": 400,
    "pptx": 1000,
    # Decrypted in memory, where it is twice for a moment.
    "encrypted": 150,
    # Rows are read once and kept packed; pages are drawn when they are needed.
    "csv": 200,
    # Compressed; sheets are read as a stream, and the number of cells has a limit of its own below.
    "xlsx": 200,
    "odf": 200,
    # Read in one go. Pictures make large files; they are skipped without being unpacked.
    "rtf": 60,
    # Compressed; books with many pictures.
    "epub": 300,
    "fb2": 60,
    # Read page by page from the disk.
    "pdf": 4000,
    "image": 4000,
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
"""One picture of an office document, a book or a text, as it is in the file."""

PICTURES_MB = 64
"""All pictures of such a document that are shown, counted each time: they stay in memory, as do their pages'."""

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

ENCRYPTION_ROUNDS = 1_000_000
"""Times that a password is hashed before it opens an Office file: 2 s here. Office writes 100,000; 10,000,000 are
allowed and would take 20 s each time."""

XML_DEPTH = 250
"""Elements inside each other. Word writes some 60 at most; readers that follow them by recursion end at 1,000."""

XML_ELEMENTS = 3_000_000
"""Elements of one part: some 4 s and 500 MB of tree. A contract of 1,000 pages has half a million."""

GRID_COLUMNS = 20_000
"""Columns with text in one sheet. Excel has 16,384."""

GRID_CELLS = 5_000_000
"""Cells with text that are read of one file: 500,000 rows of ten columns, some 20 s. The rest is left out and told."""

RTF_GROUPS = 1_000_000
"""Groups inside each other. Word writes some 20; a group that is entered costs a pointer."""

BOOK_TEXT_MB = 12
"""Text that is shown of an RTF or of a book, in million characters, as of plain text. The Bible has four."""

BOOK_CHAPTERS = 10_000
"""Files of the text of one EPUB."""

ODF_REPEATS = 500
"""Times that one cell or row with text is repeated; a million is how a program fills a column to its end."""

ODF_SPACES = 200
"""Spaces that one element may stand for."""

GRID_TEXT_MB = 40
"""Million characters of the sheets of one file: 500,000 rows of 80 characters."""

GRID_LONG_MB = 8
"""Million characters of cells with more than 200, some 2,400 pages. A million cells may share one long string, so the
size of the file tells nothing."""

FLOW_PAGES = 20_000
"""Pages that a document without pages may be laid out into."""

IMAGE_MEGAPIXELS = 80
"""One picture: A3 at 600 dpi has 70. Decoded, converted and handed over it takes up to ten bytes a pixel."""

OUTLINE_ITEMS = 5_000
"""Bookmarks that are taken over from a file."""

FLOW_DEPTH = 60
"""Elements inside each other on a page that is laid out; MuPDF shows nothing of what is deeper than 90. What is deeper
loses its tags."""

FLOW_INDENTS = 8
"""Quotes and lists inside each other that are indented; more would run off the page."""

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

MAIL_LINES = 500_000
"""Lines of a message besides large blocks of base64; the parser takes 10 us for each, and more in nested parts."""

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
