"""Where LibreOffice is, and what of it is used: the part that other processes need to know without its backend."""

from __future__ import annotations

import os
import shutil
import sys

# On Windows the command line program, which stays until the conversion is done.
_NAMES = ("soffice.com", "soffice") if sys.platform == "win32" else ("soffice", "libreoffice")
_PLACES = (
    *("/usr/lib/libreoffice/program/soffice", "/usr/lib64/libreoffice/program/soffice", "/snap/bin/libreoffice"),
    *("/opt/libreoffice/program/soffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice"),
    *(r"C:\Program Files\LibreOffice\program\soffice.com", r"C:\Program Files (x86)\LibreOffice\program\soffice.com"),
)
PRINTABLE = frozenset({"docx", "pptx", "xlsx", "odf", "rtf", "xls"})
"""Formats that are laid out here, and that LibreOffice prints; old Word and PowerPoint files are its pages anyway."""


def find_office() -> str | None:
    """LibreOffice's program, if it is installed."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    return next((place for place in _PLACES if os.access(place, os.X_OK)), None)
