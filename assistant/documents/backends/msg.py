"""Outlook messages (MSG): properties in an OLE2 container, each read by itself, for one that is damaged costs only
itself. ([MS-OXMSG]; ``oxmsg`` gives up on a whole message for one unknown code page.)"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable, Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import olefile
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

from assistant.documents import decode, letter
from assistant.documents.backends import eml
from assistant.documents.backends.rtf import Reader
from assistant.documents.letter import Enclosure, Letter, LetterSource
from assistant.documents.limits import MAIL_DEPTH, MAIL_PARTS, MEGABYTE, PART_MB
from assistant.errors import DocumentError

_SUBJECT, _BODY, _HTML, _RTF, _HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP, _SENT, _DELIVERED = 0x0C1A, 0x0C1F, 0x5D01, 0x0039, 0x0E06
_DISPLAY_TO, _DISPLAY_CC = 0x0E04, 0x0E03
_NAME, _ADDRESS, _SMTP, _RECIPIENT_TYPE = 0x3001, 0x3003, 0x39FE, 0x0C15
_DATA, _FILE_NAME, _SHORT_NAME, _MIME, _CONTENT_ID, _LOCATION = 0x3701, 0x3707, 0x3704, 0x370E, 0x3712, 0x3713
_INTERNET_CODEPAGE, _MESSAGE_CODEPAGE = 0x3FDE, 0x3FFD
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
_FAILURES = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, OverflowError)
"""What olefile answers to damaged containers with."""
_RTF_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the dictionary of a compressed RTF body begins with ([MS-OXRTFCP])."""


def load(path: Path, password: str | None) -> LetterSource:
    """Raises DocumentError. ``password`` is not used."""
    try:
        ole = olefile.OleFileIO(str(path))
        storage = _Storage(ole, (), 32)
    except FileNotFoundError:
        raise DocumentError("file_not_found", path=str(path)) from None
    except PermissionError:
        raise DocumentError("permission_denied", path=str(path)) from None
    except (*_FAILURES, RecursionError):
        raise DocumentError("damaged_document", path=str(path)) from None
    if len(storage.paths) > MAIL_PARTS * 50:
        raise DocumentError("too_many_parts", path=str(path), limit=MAIL_PARTS * 50)
    return LetterSource(path, _letter(storage, path, 1))


class _Storage:
    """The properties of a message, a recipient or an attachment."""

    def __init__(
        self, ole: Any, prefix: tuple[str, ...], header: int, paths: Sequence[tuple[str, ...]] | None = None
    ) -> None:
        self._ole = ole
        self.prefix = prefix
        self.paths = paths if paths is not None else [tuple(each) for each in ole.listdir()]
        """Of all streams of the file."""
        depth = len(prefix)
        self._streams = {
            each[depth].lower(): each for each in self.paths if len(each) == depth + 1 and each[:depth] == prefix
        }
        self._fixed: dict[tuple[int, int], bytes] = {}
        table = self._stream("__properties_version1.0")[header:]
        for at in range(0, len(table) - 15, 16):
            kind, number = struct.unpack_from("<HH", table, at)
            self._fixed.setdefault((number, kind), table[at + 8 : at + 16])

    def inner(self, name: str, header: int) -> _Storage:
        return _Storage(self._ole, (*self.prefix, name), header, self.paths)

    def children(self, start: str) -> list[str]:
        """Names of the storages in this one that begin with ``start``, in order."""
        depth = len(self.prefix)
        found = {each[depth] for each in self.paths if len(each) > depth + 1 and each[:depth] == self.prefix}
        return sorted(name for name in found if name.lower().startswith(start))

    def number(self, tag: int) -> int | None:
        value = self._fixed.get((tag, 0x0003))
        return int.from_bytes(value[:4], "little") if value is not None else None

    def time(self, tag: int) -> datetime.datetime | None:
        value = self._fixed.get((tag, 0x0040))
        if value is None:
            return None
        try:
            return _EPOCH + datetime.timedelta(microseconds=int.from_bytes(value, "little") // 10)
        except OverflowError:
            return None

    def size(self, tag: int) -> int:
        path = self._streams.get(f"__substg1.0_{tag:04x}0102")
        return int(self._ole.get_size(list(path))) if path is not None else 0

    def binary(self, tag: int) -> bytes:
        return self._stream(f"__substg1.0_{tag:04x}0102")

    def text(self, tag: int, charset: str | None = None) -> str:
        wide = self._stream(f"__substg1.0_{tag:04x}001f")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(f"__substg1.0_{tag:04x}001e").rstrip(b"\0")
        return decode.forgiving(narrow, charset or "cp1252") if narrow else ""

    def _stream(self, name: str) -> bytes:
        path = self._streams.get(name)
        if path is None:
            return b""
        try:
            if self._ole.get_size(list(path)) > PART_MB * MEGABYTE:
                return b""
            data: bytes = self._ole.openstream(list(path)).read()
        except _FAILURES:
            return b""
        return data


def _letter(storage: _Storage, path: Path, depth: int) -> Letter:
    if depth > MAIL_DEPTH:
        raise DocumentError("too_deep", path=str(path), limit=MAIL_DEPTH)
    charset = _charset(storage)
    found = Letter(subject=storage.text(_SUBJECT, charset))
    _fields(storage, charset, found)
    pictures: dict[str, Callable[[], bytes]] = {}
    attached = []
    for name in storage.children("__attach_version1.0_")[:MAIL_PARTS]:
        each = storage.inner(name, 8)
        embedded = next(iter(each.children("__substg1.0_3701000d")), None)
        if embedded is not None:
            inner = each.inner(embedded, 24)
            if inner.text(_SUBJECT) or inner.text(_BODY) or inner.binary(_HTML):
                found.letters.append(_letter(inner, path, depth + 1))
            continue
        content = _content(each)
        for tag in (_CONTENT_ID, _LOCATION):
            key = each.text(tag, charset).strip("<> ").lower()
            if key:
                pictures.setdefault(key, content)
        file_name = each.text(_FILE_NAME, charset) or each.text(_SHORT_NAME, charset) or each.text(_NAME, charset)
        media_type = each.text(_MIME, charset) or "application/octet-stream"
        attached.append((Enclosure(file_name or "attachment", media_type, each.size(_DATA), content), content))
    used: list[Callable[[], bytes]] = []
    found.bodies.append(_body(storage, charset, path, pictures, used))
    found.enclosures.extend(each for each, content in attached if content not in used)
    return found


def _content(storage: _Storage) -> Callable[[], bytes]:
    return lambda: storage.binary(_DATA)


def _fields(storage: _Storage, charset: str | None, found: Letter) -> None:
    headers = HeaderParser().parsestr(storage.text(_HEADERS, charset)[:1_000_000])
    name = storage.text(_SENDER_NAME, charset)
    mail = storage.text(_SENDER_SMTP, charset) or storage.text(_SENDER_ADDRESS, charset)
    sent = storage.time(_SENT) or storage.time(_DELIVERED)
    groups: dict[int, list[str]] = {}
    for child in storage.children("__recip_version1.0_")[:MAIL_PARTS]:
        each = storage.inner(child, 8)
        address = each.text(_SMTP, charset) or each.text(_ADDRESS, charset)
        groups.setdefault(each.number(_RECIPIENT_TYPE) or 1, []).append(_person(each.text(_NAME, charset), address))
    known = {
        "From": _person(name, mail),
        "To": "; ".join(filter(None, groups.get(1, ()))) or storage.text(_DISPLAY_TO, charset),
        "Cc": "; ".join(filter(None, groups.get(2, ()))) or storage.text(_DISPLAY_CC, charset),
        "Date": sent.strftime("%Y-%m-%d %H:%M UTC") if sent is not None and sent.year > 1601 else "",
    }
    for label, text in known.items():
        text = eml.header_text(headers.get(label), charset) or text
        if text:
            found.fields.append((label, text))


def _person(name: str, address: str) -> str:
    # Addresses inside an organization (/O=...) say nothing to people.
    if "@" not in address or address.lower() == name.lower():
        return name or address
    return f"{name} <{address}>" if name else address


def _body(
    storage: _Storage,
    charset: str | None,
    path: Path,
    pictures: dict[str, Callable[[], bytes]],
    used: list[Callable[[], bytes]],
) -> str:
    def resolve(address: str) -> bytes | None:
        content = pictures.get(address.strip().lower().removeprefix("cid:"))
        if content is None:
            return None
        used.append(content)
        return content()

    raw = storage.binary(_HTML)
    html = decode.forgiving(raw, decode.declared_charset(raw) or charset or "utf-8") if raw else ""
    html = html or storage.text(_HTML, charset)
    body = letter.from_html(html, path, resolve) if html else ""
    if letter.has_content(body):
        return body
    text = storage.text(_BODY, charset)
    if text.strip():
        return letter.from_text(text, path)
    packed = storage.binary(_RTF)
    return _from_rtf(_unpacked(packed), path) if packed else ""


def _from_rtf(data: bytes, path: Path) -> str:
    """Clean HTML of a body in RTF; of a damaged one as far as it goes."""
    reader = Reader(data, path)
    try:
        reader.run()
    except DocumentError:
        # The rest of the message can be read all the same.
        return ""
    return "".join(reader.blocks())


def _unpacked(data: bytes) -> bytes:
    """Compressed RTF ([MS-OXRTFCP]): LZ77 in a ring of 4096 bytes."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<4xII", data)
    if kind == 0x414C454D:
        return data[16 : 16 + size]
    out = bytearray(_RTF_START)
    at, start = 16, len(_RTF_START)
    limit = start + min(size, 10 * MEGABYTE)
    while at < len(data) and len(out) < limit:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out[start:])
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                place, length = token >> 4, (token & 15) + 2
                here = len(out) % 4096
                if place == here:
                    return bytes(out[start:])
                back = (here - place) % 4096
                for _ in range(length):
                    out.append(out[-back] if back <= len(out) else 0x20)
            elif at < len(data):
                out.append(data[at])
                at += 1
    return bytes(out[start:])


def _charset(storage: _Storage) -> str | None:
    for tag in (_INTERNET_CODEPAGE, _MESSAGE_CODEPAGE):
        number = storage.number(tag)
        if number:
            try:
                return encoding_from_codepage(number)
            except (UnrecognizedCodePageError, UnsupportedEncodingError):
                continue
    return None
