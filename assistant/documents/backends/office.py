"""Binary Word, Excel and PowerPoint files, converted by LibreOffice where it is installed.

It runs as a child of the document process, and so within its bounds: no network, no more memory, no core files. It gets
a copy of the file, a profile of its own in which macros and links are off, and a time limit.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import olefile

from assistant.documents import registry
from assistant.documents.backends.encrypted_old import decrypted
from assistant.documents.base import Head, Source
from assistant.documents.limits import OFFICE_SECONDS, OFFICE_SECONDS_MB
from assistant.documents.office_program import find_office
from assistant.errors import DocumentError, PasswordRequired

_WAIT = 0.02
_SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Common/Misc", "FirstRun", "false"),
)
_TARGETS = {"doc": "pdf", "ppt": "pdf", "xls": "xlsx"}
"""Sheets as sheets, where that format is read; the rest as the pages that they are printed on."""
_PRINTED = {
    "docx": ("docx", "MS Word 2007 XML"),
    "pptx": ("pptx", "Impress MS PowerPoint 2007 XML"),
    "xlsx": ("xlsx", "Calc MS Excel 2007 XML"),
    "rtf": ("rtf", "Rich Text Format"),
}
"""Ending and LibreOffice's name of what can be shown as it is printed."""
_OPEN_DOCUMENT = (
    (b"text", "odt", "writer8"),
    (b"spreadsheet", "ods", "calc8"),
    (b"presentation", "odp", "impress8"),
)


def load(path: Path, password: str | None) -> Source:
    """Raises PasswordRequired, or DocumentError: office_encrypted, office_missing. LibreOffice cannot be given a
    password without a window: it gets what was decrypted."""
    head = registry.read_head(path)
    kind = "doc" if "worddocument" in head.streams else "ppt" if "powerpoint document" in head.streams else "xls"
    locked = is_encrypted(head, kind)
    if locked and kind == "ppt":
        # msoffcrypto decrypts it, too, but LibreOffice does not load what that writes.
        raise DocumentError("office_encrypted", path=str(path))
    office = find_office()
    if office is None:
        raise DocumentError("office_missing", path=str(path))
    clear = decrypted(path, password) if locked else None
    return cast(Source, ConvertedSource(path, kind, office, head.size, _filter(head, kind), clear=clear))


def is_encrypted(head: Head, kind: str) -> bool:
    """Whether the file says that its text is encrypted."""
    try:
        with olefile.OleFileIO(str(head.path)) as container:
            if kind == "doc":
                return bool(_beginning(container, "WordDocument")[0x0B] & 0x01)
            if kind == "ppt":
                return _beginning(container, "Current User")[12:16] == b"\xdf\xc4\xd1\xf3" or container.exists(
                    "EncryptedSummary"
                )
            name = "Workbook" if container.exists("Workbook") else "Book"
            return _has_file_pass(_beginning(container, name))
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
        return False


def load_printed(path: Path, password: str | None) -> Source:
    """The pages as LibreOffice prints them. Raises DocumentError: printed_no_office, printed_unavailable.
    ``password`` is not used: what is locked is not printed."""
    office = find_office()
    if office is None:
        raise DocumentError("printed_no_office")
    head = registry.read_head(path)
    name = registry.detect(path).name
    kind, reader = _PRINTED.get(name, ("", ""))
    if name == "odf":
        kind, reader = _opendocument(head)
    elif name == "xls":
        kind, reader = name, _filter(head, name)
    if not kind:
        raise DocumentError("printed_unavailable", path=str(path))
    return cast(Source, ConvertedSource(path, kind, office, head.size, reader, target="pdf"))


def _opendocument(head: Head) -> tuple[str, str]:
    for word, kind, reader in _OPEN_DOCUMENT:
        if b"mimetypeapplication/vnd.oasis.opendocument." + word in head.data[:200]:
            return kind, reader
    return "", ""


class ConvertedSource:
    """What LibreOffice makes of a file, read as what that is."""

    def __init__(
        self,
        path: Path,
        kind: str,
        office: str,
        size: int,
        reader: str,
        *,
        clear: bytes | None = None,
        target: str = "",
    ) -> None:
        """:param clear: what the file holds, where that is encrypted."""
        self._path = path
        self._filter = reader
        self._inner: Source | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="office-"))
        known = {spec.name for spec in registry.SPECS}
        self._target = target or (_TARGETS[kind] if _TARGETS[kind] in known else "pdf")
        self._seconds = OFFICE_SECONDS + OFFICE_SECONDS_MB * size / 1e6
        try:
            if clear is None:
                shutil.copyfile(path, self._folder / f"document.{kind}")
            else:
                (self._folder / f"document.{kind}").write_bytes(clear)
            self._process = self._start(office, kind)
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise DocumentError("office_missing", path=str(path)) from None
        self._until = time.monotonic() + self._seconds

    def step(self) -> bool:
        """Raises DocumentError where the conversion failed or took too long."""
        if self._inner is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_WAIT)
            if self._process.poll() is None:
                if time.monotonic() < self._until:
                    return False
                self._stop()
                raise DocumentError("document_timeout", path=str(self._path), seconds=round(self._seconds))
            self._inner = self._read()
        return self._inner.step()

    def progress(self) -> tuple[int, int]:
        return (0, 1) if self._inner is None else self._inner.progress()

    def __getattr__(self, name: str) -> Any:
        """All else is that of what was made, whatever its format offers."""
        inner = self.__dict__.get("_inner")
        if inner is None:
            raise AttributeError(name)
        return getattr(inner, name)

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()
        self._stop()

    def _start(self, office: str, kind: str) -> subprocess.Popen[bytes]:
        profile = Path(tempfile.gettempdir()) / "office-profile"
        _write_profile(profile)
        command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
        command += ["--nodefault", "--nolockcheck", "--nofirststartwizard"]
        # Named, or else it would read what it does not understand as plain text.
        command += [f"--infilter={self._filter}", "--convert-to", self._target]
        command += ["--outdir", str(self._folder / "out"), str(self._folder / f"document.{kind}")]
        quiet = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
        environment = {**os.environ, "HOME": str(self._folder)}
        environment.pop("DISPLAY", None)
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=self._folder,
            creationflags=quiet,
        )

    def _read(self) -> Source:
        result = self._folder / "out" / f"document.{self._target}"
        if not result.is_file() or result.stat().st_size == 0:
            self._stop()
            raise DocumentError("damaged_document", path=str(self._path))
        try:
            spec = registry.detect(result)
            return registry.loader(spec)(result, None)
        except (DocumentError, PasswordRequired) as error:
            self._stop()
            # Of the user's file, not of ours.
            raise DocumentError(error.code, **{**error.params, "path": str(self._path)}) from None

    def _stop(self) -> None:
        """End what runs and remove what it wrote. Idempotent."""
        if self._process.poll() is None:
            stop_tree(self._process.pid)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def stop_tree(pid: int) -> None:
    """End a process and all that it started (the program is started by a script and a watcher)."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(pid)
        for child in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.Error):
                child.kill()
    except psutil.Error:
        return


def _write_profile(profile: Path) -> None:
    settings = profile / "user" / "registrymodifications.xcu"
    if settings.exists():
        return
    settings.parent.mkdir(parents=True, exist_ok=True)
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    settings.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        f"{items}</oor:items>\n",
        encoding="utf-8",
    )


def _filter(head: Head, kind: str) -> str:
    """LibreOffice's name of the format."""
    if kind == "ppt":
        return "MS PowerPoint 97"
    if kind == "xls":
        return "MS Excel 97" if "workbook" in head.streams else "MS Excel 95"
    try:
        with olefile.OleFileIO(str(head.path)) as container:
            version = int.from_bytes(_beginning(container, "WordDocument")[2:4], "little")
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, RecursionError):
        version = 0xC1
    return "MS WinWord 6.0" if version < 0x68 else "MS Word 95" if version < 0xC0 else "MS Word 97"


def _beginning(container: Any, name: str) -> bytes:
    data: bytes = container.openstream(name).read(4096)
    return data


def _has_file_pass(data: bytes) -> bool:
    """Whether one of the first records of a workbook is FILEPASS."""
    at = 0
    for _ in range(8):
        if at + 4 > len(data):
            break
        record, length = struct.unpack_from("<HH", data, at)
        if record == 0x002F:
            return True
        at += 4 + length
    return False
