"""DOCX, PPTX and XLSX that are encrypted with a password (ECMA-376 standard and agile encryption), by msoffcrypto.

What is decrypted goes into memory where the system can (Linux), else into a file in the private folder of the document
process, for as long as the document is open.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import olefile

from assistant.documents import registry
from assistant.documents.base import Source
from assistant.documents.limits import ENCRYPTION_ROUNDS
from assistant.errors import DocumentError, PasswordRequired

_USUAL = "VelvetSweatshop"
"""With which Excel encrypts sheets that are only protected against changes, and which it tries by itself."""
_HEADER_BYTES = 65_536
"""Of the description of the encryption; Office writes 1 to 2 KB."""
_ROUNDS = re.compile(rb"spinCount\s*=\s*[\"'](\d{1,12})[\"']")
_INSIDE = ("docx", "pptx", "xlsx")


def load(path: Path, password: str | None) -> Source:
    """Raises PasswordRequired, or DocumentError: office_encrypted for an encryption of another kind, and whatever the
    format of what is inside raises."""
    clear = _decrypted(path, password)
    with contextlib.ExitStack() as stack:
        inner_path = stack.enter_context(stored(clear, path))
        del clear
        spec = registry.detect(inner_path)
        if spec.name not in _INSIDE:
            raise DocumentError("unsupported_format", path=str(path), formats=registry.titles())
        inner = registry.loader(spec)(inner_path, None)
        return cast(Source, DecryptedSource(path, spec.name, inner, stack.pop_all()))


class DecryptedSource:
    """What was encrypted, as its own format reads it."""

    def __init__(self, path: Path, name: str, inner: Source, stack: contextlib.ExitStack) -> None:
        self.format = name
        self._path = path
        self._inner = inner
        self._stack = stack

    def step(self) -> bool:
        try:
            return self._inner.step()
        except DocumentError as error:
            # It does not know whose text it reads.
            raise type(error)(error.code, **{**error.params, "path": str(self._path)}) from None

    def __getattr__(self, name: str) -> Any:
        """All else is that of what is inside."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._inner, name)

    def close(self) -> None:
        self._inner.close()
        self._stack.close()


def _decrypted(path: Path, password: str | None) -> bytes:
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
    from msoffcrypto.format.ooxml import OOXMLFile

    _check(path)
    unknown = DocumentError("office_encrypted", path=str(path))
    with path.open("rb") as file:
        try:
            locked = OOXMLFile(file)
            if locked.type not in ("agile", "standard"):
                raise unknown
            locked.load_key(password=password or _USUAL, verify_password=True)
            clear = io.BytesIO()
            locked.decrypt(clear)
        except InvalidKeyError:
            raise PasswordRequired("password_wrong" if password else "password_required", path=str(path)) from None
        except (DecryptionError, FileFormatError, NotImplementedError):
            raise unknown from None
        except (DocumentError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the library trusts what the file says about itself
            raise DocumentError("damaged_document", path=str(path)) from None
    return clear.getvalue()


def _check(path: Path) -> None:
    """Whether the description of the encryption may be given to a parser."""
    try:
        with olefile.OleFileIO(str(path)) as container:
            header: bytes = container.openstream("EncryptionInfo").read(_HEADER_BYTES + 1)
            container.openstream("EncryptedPackage").close()
    except Exception:  # noqa: BLE001 - olefile answers to damaged containers with whatever went wrong
        raise DocumentError("damaged_document", path=str(path)) from None
    if b"<!" in header:
        raise DocumentError("document_unsafe", path=str(path))
    rounds = _ROUNDS.search(header)
    if len(header) > _HEADER_BYTES or (rounds and int(rounds[1]) > ENCRYPTION_ROUNDS):
        raise DocumentError("office_encrypted", path=str(path))


@contextlib.contextmanager
def stored(clear: bytes, path: Path) -> Iterator[Path]:
    """A path at which the readers find what was decrypted."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("decrypted")
        try:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(clear)
            yield Path(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="decrypted-", ignore_cleanup_errors=True) as folder:
        inner = Path(folder) / f"document{path.suffix}"
        inner.write_bytes(clear)
        yield inner
