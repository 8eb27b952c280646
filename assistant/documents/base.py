"""What a format has to provide: a loader that makes a :class:`Source`, and one row in ``registry.py``.

Used in the document process only, single-threaded.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

Size = tuple[float, float]
"""Width and height of a page in points, after its own rotation."""

Bookmark = tuple[int, str, int, float]
"""Level from 1, title, page from 1, y in points."""


Note = tuple[str, dict[str, str | int]]
"""What the reader should know of the file: a code of ``errors.MESSAGES`` and its parameters."""


@dataclass(frozen=True, slots=True)
class KnownHeading:
    """A heading that the format itself declares (``<h2>``), with its place."""

    level: int
    page: int
    y0: float
    y1: float
    title: str


class Source(Protocol):
    """An opened file as pages that MuPDF can draw and take text from."""

    kind: Literal["layer", "layout"]

    def step(self) -> bool:
        """Do up to some 20 ms of layout; True when the pages are ready. Called again until then."""
        ...

    def progress(self) -> tuple[int, int]:
        """Layout done and total, in any unit."""
        ...

    def count(self) -> int:
        """Number of pages."""
        ...

    def size(self, page: int) -> Size | None:
        """Of a page (from 0); None for a damaged one."""
        ...

    def title(self) -> str | None:
        """The title that the file declares, if any."""
        ...

    def outline(self) -> Sequence[Bookmark]: ...

    def headings(self) -> Sequence[KnownHeading]:
        """Declared headings; empty where the format declares none and they have to be recognised by their looks."""
        ...

    def display_list(self, page: int) -> Any:
        """``mupdf.FzDisplayList`` of a page (from 0)."""
        ...

    def text_page(self, page: int, options: Any) -> Any:
        """``mupdf.FzStextPage`` of a page (from 0)."""
        ...

    def close(self) -> None: ...

    # More that a source may have:
    #     labels() -> Sequence[str]: of all pages, where they are not their numbers.
    #     pictures(page) -> Sequence[Placed]: large pictures on a page that has text besides.
    #     lines(page) -> str | None: ``mupdf.lines_json`` of a page, where it is known without laying it out.
    #     early() -> int: pages that can be drawn, and stay as they are, while the rest is laid out.
    #     is_pdf: True where the file itself is a PDF, which annotations can be added to.
    #     links(page) -> list: see ``annotated_copy.pdf_links``.
    #     format: the name of what is inside, where the file only wraps it.
    #     notices() -> Sequence[tuple[str, dict]]: code and parameters of what the reader should know; asked for when
    #         the pages are ready.
    #     cells(page) -> Sequence[CellBox]: where the table cells of a page are, if the format knows.


class Loader(Protocol):
    def __call__(self, path: Path, password: str | None) -> Source:
        """Open a file. Raises DocumentError or PasswordRequired."""
        ...


@dataclass(frozen=True)
class Head:
    """The beginning of a file, for :attr:`BackendSpec.sniff`."""

    path: Path
    data: bytes
    """The first 64 KB."""
    size: int

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names of the parts of a ZIP container, with plain slashes; empty for anything else. Of a damaged one those
        that are named in the first 64 KB."""
        if not self.data.startswith(b"PK"):
            return ()
        try:
            with zipfile.ZipFile(self.path) as archive:
                return tuple(name.replace("\\", "/") for name in archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError, EOFError):
            # A local header: signature, 22 bytes, length of the name, length of the rest, the name.
            found = re.finditer(rb"PK\x03\x04.{22}(..)..", self.data, re.DOTALL)
            places = ((item.end(), int.from_bytes(item[1], "little")) for item in found)
            return tuple(self.data[at : at + length].decode("utf-8", "replace") for at, length in places)

    @cached_property
    def streams(self) -> frozenset[str]:
        """Lower-case names in the root of an OLE2 container (old Office files, Outlook messages, encrypted new ones);
        empty for anything else. Of a damaged one those that the formats here are told by, wherever they stand."""
        if not self.data.startswith(OLE2):
            return frozenset()
        import olefile

        try:
            with olefile.OleFileIO(str(self.path)) as container:
                return frozenset(str(entry[0]).lower() for entry in container.listdir(streams=True, storages=True))
        except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
            try:
                with self.path.open("rb") as file:
                    data = file.read(_SEARCHED)
            except OSError:
                data = self.data
            return frozenset(name.lower() for name in _STREAMS if name.encode("utf-16-le") in data)


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What an OLE2 container begins with."""
_STREAMS = ("WordDocument", "Workbook", "Book", "PowerPoint Document", "EncryptedPackage", "__properties_version1.0")
_SEARCHED = 64_000_000


class Enclosing(Protocol):
    """What a :class:`Source` may have besides: files inside the file."""

    def attachments(self) -> Sequence[tuple[str, str, int]]:
        """Name as a file of ours may have it (:func:`assistant.documents.names.safe`), media type, size in bytes."""
        ...

    def attachment(self, number: int) -> bytes:
        """The content of one, from 0. Raises DocumentError."""
        ...


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """One row of the registry."""

    name: str
    """``Document.format``."""
    title: str
    """As it is named to people."""
    extensions: tuple[str, ...]
    """Usual endings of file names, with the dot; they break ties only."""
    sniff: Callable[[Head], bool]
    """Whether the content is of this format."""
    module: str
    """Where ``load`` is; imported when the first such file is opened."""
