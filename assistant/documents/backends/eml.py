"""Mail (EML), by the standard library's parser, which forgives nearly everything; the rest is mended here."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from email.utils import collapse_rfc2231_value
from pathlib import Path
from typing import Any, cast

from assistant.documents import decode, letter
from assistant.documents.flow import read_file
from assistant.documents.letter import Enclosure, Letter, LetterSource
from assistant.documents.limits import MAIL_DEPTH, MAIL_LINES, MAIL_PARTS
from assistant.errors import DocumentError

_FIELDS = ("From", "To", "Cc", "Bcc", "Date")
_LONGEST_HEADER = 20_000
_BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"\r\n]+)\"|([^;\s\"]+))", re.IGNORECASE)
_FIRST_BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,90}?)[ \t]*\r?\n(?=content-|mime-)", re.IGNORECASE | re.MULTILINE)
_BASE64 = re.compile(rb"(?:^[A-Za-z0-9+/]{60,1000}={0,2}[ \t]*\r?\n){200,}", re.MULTILINE)
_MOST_HEADERS = 2_000
_ADDRESS = re.compile(r"^(?:cid:)?<?([^<>]*)>?$", re.IGNORECASE)


class _Raw(Compat32):
    """Headers as they stand in the file: decoding is :func:`header_text`'s, which does not give up on any."""

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value


class _Blocks:
    """The source of a message without its large blocks of base64, which the parser would go through line by line: a
    message of 90 MB takes half a second, not half a minute."""

    def __init__(self, data: bytes) -> None:
        self._blocks: list[bytes] = []
        # No sender can write it.
        self._mark = secrets.token_hex(16)
        self.short = _BASE64.sub(self._put, data)
        if self.short.count(b"\n") > MAIL_LINES:
            raise DocumentError("too_complex", path="The message", limit=MAIL_LINES)

    def _put(self, match: re.Match[bytes]) -> bytes:
        self._blocks.append(match.group())
        return f"{self._mark}-{len(self._blocks) - 1}\n".encode()

    def restore(self, payload: str) -> str:
        """A part's payload as it was."""
        if self._mark not in payload:
            return payload
        return re.sub(
            rf"{self._mark}-(\d+)\n?", lambda found: self._blocks[int(found.group(1))].decode("ascii"), payload
        )


class Part(Message):
    """A part that knows how deep it lies, so that parsing ends at once where parts are nested without end."""

    depth = 0
    fields = 0
    blocks: _Blocks | None = None

    def set_raw(self, name: str, value: Any) -> None:
        # Each look-up goes through all fields, and parameters are parsed in the square of their number.
        self.fields += 1
        if self.fields <= _MOST_HEADERS:
            super().set_raw(name, value[:_LONGEST_HEADER])

    def __init__(self, policy: Any = None) -> None:
        super().__init__(policy=policy or _Raw())

    def attach(self, payload: Any) -> None:
        payload.depth = self.depth + 1
        if payload.depth > MAIL_DEPTH:
            raise DocumentError("too_deep", path="The message", limit=MAIL_DEPTH)
        super().attach(payload)

    def get_boundary(self, failobj: Any = None) -> Any:
        # Some mailers forget the quotation marks around characters that need them.
        found = _BOUNDARY.search(str(self.get("content-type", "")))
        return (found.group(1) or found.group(2)) if found else super().get_boundary(failobj)


def parse(data: bytes, path: Path) -> Part:
    """Raises DocumentError: too_deep, too_many_parts, damaged_document."""
    count = 0
    blocks = _Blocks(data)

    def make(policy: Any = None) -> Part:
        nonlocal count
        count += 1
        if count > MAIL_PARTS:
            raise DocumentError("too_many_parts", path=str(path), limit=MAIL_PARTS)
        part = Part(policy)
        part.blocks = blocks
        return part

    try:
        found = cast(Part, BytesParser(make, policy=_Raw()).parsebytes(blocks.short))
    except DocumentError as error:
        raise DocumentError(error.code, **{**error.params, "path": str(path)}) from None
    except RecursionError:
        raise DocumentError("too_deep", path=str(path), limit=MAIL_DEPTH) from None
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        raise DocumentError("damaged_document", path=str(path)) from None
    return found


def load(path: Path, password: str | None) -> LetterSource:
    """Raises DocumentError. ``password`` is not used."""
    data = read_file(path)
    return LetterSource(path, letter_of(parse(data.lstrip(b"\r\n\t \xef\xbb\xbf"), path), path))


def letter_of(message: Part, path: Path) -> Letter:
    """The message with its text in the best form that it has."""
    # Bytes in headers that nobody declared are mostly in the encoding of the text.
    charset = next((name for part in message.walk() if (name := _charset(part))), None)
    found = Letter(subject=header_text(message.get("subject"), charset))
    for label in _FIELDS:
        texts = [header_text(value, charset) for value in message.get_all(label, ())]
        if any(texts):
            found.fields.append((label, ", ".join(text for text in texts if text)))
    _Reader(found, path).read(message)
    return found


class _Reader:
    """Sorts the parts of one message into bodies, attached messages and attachments."""

    def __init__(self, found: Letter, path: Path) -> None:
        self._found = found
        self._path = path

    def read(self, part: Part) -> None:
        kind = part.get_content_type()
        maintype = part.get_content_maintype()
        attached = _disposition(part) == "attachment"
        if maintype == "multipart":
            self._multipart(part, kind)
        elif kind in ("message/rfc822", "message/global") and part.is_multipart():
            inner = letter_of(_children(part)[0], self._path)
            self._found.letters.append(inner)
            self._enclose(part, (inner.subject or "message") + ".eml")
        elif kind in ("message/delivery-status", "message/disposition-notification"):
            blocks = ["\n".join(f"{k}: {v}" for k, v in each.raw_items()) for each in _children(part)]
            self._found.bodies.append(letter.from_text("\n\n".join(blocks), self._path))
        elif maintype == "text" and not attached and kind in ("text/plain", "text/html", "text/rfc822-headers"):
            self._found.bodies.append(self._text(part, kind, {}))
            if part.get_filename():
                self._enclose(part)
        else:
            if maintype == "image" and not attached:
                self._found.bodies.append(letter.picture(content(part)))
            self._enclose(part)

    def _multipart(self, part: Part, kind: str) -> None:
        parts = _children(part)
        if not parts:
            mended = _mended(part, self._path)
            if mended is not None:
                self.read(mended)
            elif isinstance(part.get_payload(), str):
                self._found.bodies.append(letter.from_text(_decoded(part), self._path))
            return
        if kind == "multipart/encrypted":
            self._found.bodies.append("<p><i>The text of this message is encrypted.</i></p>")
        if kind == "multipart/alternative":
            self._alternative(parts)
        elif kind == "multipart/related":
            self._related(parts, str(part.get_param("start", "") or ""))
        else:
            for each in parts:
                self.read(each)

    def _alternative(self, parts: list[Part]) -> None:
        """The last form that can be shown counts, as the sender's best one; what is no text is an attachment."""
        forms: list[tuple[Letter, Part]] = []
        for each in parts:
            if each.get_content_maintype() in ("text", "multipart") and _disposition(each) != "attachment":
                form = Letter()
                _Reader(form, self._path).read(each)
                forms.append((form, each))
            else:
                self._enclose(each)
        best = next((form for form, _ in reversed(forms) if any(map(letter.has_content, form.bodies))), None)
        for form, _ in forms:
            if form is best or not form.bodies:
                self._found.bodies.extend(form.bodies)
                self._found.enclosures.extend(form.enclosures)
                self._found.letters.extend(form.letters)
            else:
                self._found.enclosures.extend(each for each in form.enclosures if each.media_type.startswith("app"))

    def _related(self, parts: list[Part], start: str) -> None:
        wanted = _key(start)
        root = next((each for each in parts if wanted and _key(str(each.get("content-id", ""))) == wanted), parts[0])
        pictures = addresses(parts)
        used: set[int] = set()
        html = next((each for each in _walk(root) if each.get_content_type() == "text/html"), None)
        if html is not None and root.get_content_maintype() in ("text", "multipart"):
            self._found.bodies.append(self._text(html, "text/html", pictures, used))
            for each in _walk(root):
                if each is not html and each.get_content_maintype() not in ("multipart", "text"):
                    self._enclose(each)
        else:
            self.read(root)
        for each in parts:
            if each is not root and id(each) not in used:
                self.read(each)

    def _text(self, part: Part, kind: str, pictures: dict[str, Part], used: set[int] | None = None) -> str:
        text = _decoded(part)
        if kind != "text/html":
            flowed = str(part.get_param("format", "")).lower() == "flowed"
            return letter.from_text(text, self._path, flowed=flowed)
        return letter.from_html(text, self._path, resolver(pictures, used))

    def _enclose(self, part: Part, fallback: str = "") -> None:
        name = filename(part) or fallback or "attachment" + _suffix(part)
        size = _size(part)
        self._found.enclosures.append(Enclosure(name, part.get_content_type(), size, lambda: content(part)))


def content(part: Part) -> bytes:
    """The bytes of a part, however damaged their encoding is; of an attached message its source."""
    if part.is_multipart():
        inner = _children(part)
        source = (inner[0] if len(inner) == 1 else part).as_bytes(policy=_Raw())
        if part.blocks is None:
            return source
        return part.blocks.restore(source.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    try:
        payload = part.get_payload()
        if part.blocks is not None and isinstance(payload, str):
            whole = part.blocks.restore(payload)
            if whole is not payload and str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
                return base64.b64decode(whole.encode("ascii", "ignore"))
            if whole is not payload:
                part.set_payload(whole)
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, MessageError):
        data = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return data if isinstance(data, bytes) else b""


def resolver(pictures: dict[str, Part], used: set[int] | None = None) -> Callable[[str], bytes | None]:
    """Gives the picture that an address in HTML stands for; notes which parts were used."""

    def resolve(address: str) -> bytes | None:
        part = pictures.get(_key(address)) or pictures.get(_key(address.rpartition("/")[2]))
        if part is None or part.get_content_maintype() == "text":
            return None
        if used is not None:
            used.add(id(part))
        return content(part)

    return resolve


def addresses(parts: list[Part]) -> dict[str, Part]:
    """Parts by what HTML calls them: Content-ID, Content-Location."""
    found: dict[str, Part] = {}
    for each in parts:
        for part in _walk(each):
            for name in ("content-id", "content-location"):
                key = _key(str(part.get(name, "")))
                if key:
                    found.setdefault(key, part)
    return found


def header_text(value: object, charset: str | None = None) -> str:
    """A header in characters: encoded words, bytes that nobody declared, none of which is an error."""
    raw = str(value or "")[:_LONGEST_HEADER].replace("\r", "").replace("\n", "")
    if any("\udc80" <= char <= "\udcff" for char in raw):
        data = raw.encode("utf-8", "surrogateescape")
        raw = decode.forgiving(data, charset or "utf-8")
    if "=?" not in raw:
        return raw.strip()
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, IndexError):
        return raw.strip()
    out = []
    for data_or_text, charset in pieces:
        if isinstance(data_or_text, str):
            out.append(data_or_text)
        elif charset is None:
            out.append(data_or_text.decode("raw_unicode_escape", "replace"))
        else:
            out.append(decode.forgiving(data_or_text, charset))
    return "".join(out).strip()


def filename(part: Part) -> str:
    """The name that the sender gave to the part, or nothing."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, None, header)
            text = header_text(collapse_rfc2231_value(value)) if value else ""
        except (ValueError, LookupError, TypeError):
            continue
        if text:
            return text
    return ""


def _decoded(part: Part) -> str:
    name = _charset(part)
    data = content(part)
    if name is None and part.get_content_type() == "text/html":
        name = decode.declared_charset(data)
    return decode.text_of(data, name) or decode.forgiving(data, name or "cp1252")


def _charset(part: Any) -> str | None:
    try:
        name = part.get_param("charset")
        return collapse_rfc2231_value(name).strip("'\" ") if name else None
    except (ValueError, LookupError, TypeError):
        return None


def _mended(part: Part, path: Path) -> Part | None:
    """A multipart whose declared boundary does not occur, by the first line that looks like one."""
    payload = part.get_payload()
    if not isinstance(payload, str) or part.depth > MAIL_DEPTH - 2:
        return None
    data = payload.encode("utf-8", "surrogateescape")
    found = _FIRST_BOUNDARY.search(data)
    if found is None:
        return None
    head = b'Content-Type: multipart/mixed; boundary="' + found.group(1) + b'"\n\n'
    mended = parse(head + data, path)
    return mended if mended.is_multipart() else None


def _children(part: Part) -> list[Part]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Part)] if isinstance(payload, list) else []


def _walk(part: Part) -> Iterator[Part]:
    yield part
    if part.get_content_maintype() == "multipart":
        for each in _children(part):
            yield from _walk(each)


def _disposition(part: Part) -> str:
    return str(part.get("content-disposition", "")).partition(";")[0].strip().lower()


def _key(address: str) -> str:
    found = _ADDRESS.match(address.strip())
    return found.group(1).strip().lower() if found else ""


def _suffix(part: Part) -> str:
    import mimetypes

    return mimetypes.guess_extension(part.get_content_type(), strict=False) or ""


def _size(part: Part) -> int:
    """In bytes, without decoding what is large."""
    payload = part.get_payload()
    if isinstance(payload, str) and part.blocks is not None:
        payload = part.blocks.restore(payload)
    if isinstance(payload, str) and str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        return max(0, (len(payload) - payload.count("\n") - payload.count("\r")) * 3 // 4 - payload[-4:].count("="))
    return len(content(part))
