"""Names that strangers gave to files, made fit to be shown and to be written."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_LONGEST = 120
_LONGEST_BYTES = 200
"""Of 255 that file systems take, for a number may be added."""
_LONGEST_SUFFIX = 16
_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def shown(name: str) -> str:
    """One line of text without controls: a mark that turns the direction could show ``exe.pdf`` for ``fdp.exe``."""
    visible = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", name))
    return " ".join("".join(char for char in visible if unicodedata.category(char) not in _UNSEEN).split())


def safe(name: str, fallback: str = "attachment") -> str:
    """A name for a file in a folder of ours on any system: no path, no device, not hidden, not too long."""
    name = shown(name.replace("\\", "/").rpartition("/")[2])
    name = _FORBIDDEN.sub("_", name).strip(" .")
    suffix = PurePosixPath(name).suffix
    if len(suffix) > _LONGEST_SUFFIX or not suffix.isascii():
        suffix = ""
    stem = name.removesuffix(suffix).strip(" .")[: _LONGEST - len(suffix)]
    while len(stem.encode()) + len(suffix) > _LONGEST_BYTES:
        stem = stem[:-1]
    stem = stem.strip(" .") or fallback
    # Windows takes "nul.tar.gz" for the device as well.
    if _RESERVED.fullmatch(stem.partition(".")[0].strip()):
        stem = "_" + stem
    return stem + suffix


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
