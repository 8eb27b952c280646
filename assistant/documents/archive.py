"""ZIP containers (OOXML, ODF, EPUB), read in bounds: nothing is written to the disk, no declared size is believed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from assistant.documents.limits import ARCHIVE_MB, ARCHIVE_NAMES, MEGABYTE, PART_MB
from assistant.errors import DocumentError

_STEP = 1 << 20


class Archive:
    """One container. Parts are found by their names without regard to case, slashes of either kind.

    A context manager. Raises DocumentError: damaged_document, too_large, office_encrypted.
    """

    def __init__(self, path: Path, *, total_mb: int = ARCHIVE_MB) -> None:
        self._path = path
        self._left = total_mb * MEGABYTE
        self._total_mb = total_mb
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise DocumentError("file_not_found", path=str(path)) from None
        except PermissionError:
            raise DocumentError("permission_denied", path=str(path)) from None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError, EOFError):
            raise DocumentError("damaged_document", path=str(path)) from None
        self._parts: dict[str, zipfile.ZipInfo] = {}
        infos = self._zip.infolist()
        if len(infos) > ARCHIVE_NAMES:
            self._zip.close()
            raise DocumentError("too_many_parts", path=str(path), limit=ARCHIVE_NAMES)
        for info in infos:
            name = part_name(info.filename)
            # Of two parts with one name the first counts, as in Office. Folders are no parts.
            if name is not None and not info.is_dir():
                self._parts.setdefault(name.casefold(), info)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    @property
    def names(self) -> list[str]:
        """Safe names of all parts, in the order of the container."""
        return [name for info in self._parts.values() if (name := part_name(info.filename)) is not None]

    def size(self, name: str) -> int:
        """What a part claims to unpack to; for showing progress only."""
        info = self._find(name)
        return info.file_size if info is not None else 0

    def read(self, name: str, *, limit_mb: int = PART_MB) -> bytes:
        """The bytes of a part. KeyError where there is none; DocumentError where it is damaged or unpacks to more than
        ``limit_mb``, or all parts together to more than the container may."""
        return b"".join(self.pieces(name, limit_mb=limit_mb))

    def pieces(self, name: str, *, limit_mb: int = PART_MB) -> Iterator[bytes]:
        """Like :meth:`read`, piece by piece."""
        info = self._find(name)
        if info is None:
            raise KeyError(name)
        if info.flag_bits & 1:
            raise DocumentError("office_encrypted", path=str(self._path))
        limit = limit_mb * MEGABYTE
        size = 0
        try:
            with self._zip.open(info) as part:
                while piece := part.read(_STEP):
                    size += len(piece)
                    self._left -= len(piece)
                    if size > limit:
                        raise self._too_large(limit_mb)
                    if self._left < 0:
                        raise self._too_large(self._total_mb)
                    yield piece
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, RuntimeError):
            raise DocumentError("damaged_document", path=str(self._path)) from None

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        safe = part_name(name)
        return self._parts.get(safe.casefold()) if safe is not None else None

    def _too_large(self, limit_mb: int) -> DocumentError:
        return DocumentError("unpacks_too_large", path=str(self._path), limit=limit_mb)


def part_name(name: str) -> str | None:
    """A part's name with plain slashes, relative to the container; None for one that leads out of it."""
    pieces = [piece for piece in name.replace("\\", "/").split("/") if piece not in ("", ".")]
    if not pieces or ".." in pieces or ":" in pieces[0] or "\0" in name:
        return None
    return "/".join(pieces)


def resolve(base: str, target: str) -> str | None:
    """The part that ``target`` names, seen from the part ``base``; None for one outside of the container."""
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return part_name(target)
    parts = list(PurePosixPath(base).parent.parts)
    for piece in PurePosixPath(target).parts:
        if piece == "..":
            if not parts:
                return None
            parts.pop()
        elif piece != ".":
            parts.append(piece)
    return part_name("/".join(parts))
