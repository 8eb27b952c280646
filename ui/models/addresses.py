"""What a link's address truly says, for people who are asked whether to open it. No widgets here."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

_OPENED = ("http", "https", "mailto")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart."""

    shown: str
    """All of it, with characters that are invisible or turn the direction of writing written out (``<U+202E>``)."""
    host: str
    """Where it leads, as computers read it (``xn--...``); of ``mailto:`` the recipient. May be empty."""
    host_differs: bool
    """The host is written in letters that may look like others."""
    has_user: bool
    """There is a name before ``@`` that may pass for the host."""
    has_hidden: bool
    """There are characters that cannot be seen."""
    is_plain_http: bool
    can_open: bool
    """A browser or a mail program is meant; anything else (``file:``, ``javascript:``) is not opened."""


def address(text: str) -> Address:
    """Never raises, whatever a document says."""
    raw = text.strip()
    if raw.lower().startswith("www."):
        raw = f"https://{raw}"
    shown, hidden = _visible(raw)
    try:
        parts = urlsplit(raw)
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        user = parts.username is not None
    except ValueError:
        scheme, host, user = "", "", False
    if scheme == "mailto":
        host = raw[len("mailto:") :].split("?")[0]
    ascii_host = _ascii(host)
    return Address(
        shown=shown,
        host=ascii_host,
        host_differs=not host.isascii() or "xn--" in ascii_host,
        has_user=user and scheme != "mailto",
        has_hidden=hidden,
        is_plain_http=scheme == "http",
        can_open=scheme in _OPENED and bool(host) and not hidden and len(raw) <= _LONGEST,
    )


def _visible(text: str) -> tuple[str, bool]:
    out, hidden = [], False
    for character in text[: 2 * _LONGEST]:
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co"):
            out.append(f"<U+{ord(character):04X}>")
            hidden = True
        else:
            out.append(character)
    return "".join(out), hidden


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return "".join(character if character.isascii() else f"\\u{ord(character):04x}" for character in host)
