"""An opened document: what the window needs to show pages before a word is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import DocumentError
from assistant.jobs import JobContext
from assistant.types import Attachment, Notice, OutlineItem

LETTER = (612.0, 792.0)
"""The size in points that a page gets whose own cannot be read."""
A4 = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that the document process holds open."""

    id: int
    path: Path
    sha256: str
    """Empty as long as it is not known: in what is published while the document is being opened."""
    format: str
    title: str
    page_sizes: tuple[tuple[float, float], ...]
    """Width and height in points."""
    outline: tuple[OutlineItem, ...] = ()
    notices: tuple[Notice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """Files inside this one."""
    labels: tuple[str, ...] = ()
    """What is printed on the pages where that is not their number (``i``, ``ii``, ``1``); of all pages or of none."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How large the first page is wanted, before its size is known. Lengths in pixels of the picture."""

    width: float
    """For the whole width of the page."""
    height: float
    """For its whole height."""
    smallest: float
    """Pixels per point; likewise ``largest``."""
    largest: float
    pixels: int
    """A page of more is not wanted in one piece."""

    def scale(self, size: tuple[float, float]) -> float | None:
        """Pixels per point for a page of ``size`` in points; None where it is not wanted in one piece."""
        scale = round(min(max(min(self.width / size[0], self.height / size[1]), self.smallest), self.largest), 4)
        return scale if size[0] * size[1] * scale**2 <= self.pixels else None

    def usual_pixels(self) -> int:
        """Of a page in A4, with some to spare."""
        scale = self.scale(A4)
        return round(A4[0] * A4[1] * scale**2 * 1.05) if scale is not None else 1


def check_file(path: Path) -> None:
    """Raises DocumentError for what is no readable file, in the order in which a person would want to know."""
    try:
        if path.is_dir():
            raise DocumentError("is_directory", path=str(path))
        if not path.exists():
            raise DocumentError("file_not_found", path=str(path))
        if not path.is_file():
            raise DocumentError("not_a_file", path=str(path))
        if path.stat().st_size == 0:
            raise DocumentError("empty_file", path=str(path))
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except (OSError, ValueError):
        raise DocumentError("file_not_found", path=str(path)) from None


def file_hash(path: Path, ctx: JobContext) -> str:
    """SHA-256 of the file's bytes, in hex. Raises DocumentError or Cancelled."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            # The same memory again and again: to find new one for each piece takes longer than to read it.
            buffer = memoryview(bytearray(262_144))
            while count := file.readinto(buffer):
                ctx.check()
                digest.update(buffer[:count])
    except FileNotFoundError:
        raise DocumentError("file_not_found", path=str(path)) from None
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except OSError:
        raise DocumentError("damaged_document", path=str(path)) from None
    return digest.hexdigest()


def sensible_title(declared: str | None, path: Path) -> str | None:
    """The title that the file declares, unless it is one that its maker never chose."""
    if declared is None:
        return None
    title = " ".join(declared.replace("\0", "").split())
    for prefix in ("Microsoft Word - ", "Microsoft PowerPoint - ", "PowerPoint Presentation"):
        title = title.removeprefix(prefix)
    lowered = title.lower()
    dull = {"untitled", "untitled document", "document", "title", "unknown", "none", "template", "无标题", "doc1"}
    name_like = lowered.endswith((".doc", ".docx", ".pdf", ".indd", ".tex", ".dvi", ".qxd", ".rtf", ".odt", ".txt"))
    if len(title) < 3 or len(title) > 300 or lowered in dull or name_like or lowered == path.stem.lower():
        return None
    return title if any(char.isalpha() for char in title) and "\ufffd" not in title else None
