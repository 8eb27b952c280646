"""OpenDocument packages that are encrypted with a password (ODF 1.2, part 3), by ``cryptography``.

Each part is deflated, then encrypted with a key of its own: PBKDF2 of the hashed password, AES-256 in CBC mode or
Blowfish in CFB mode. LibreOffice writes the first, OpenOffice before 3.4 the second. Since 24.8 LibreOffice may wrap a
whole package (Argon2id and AES-GCM), too.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.documents.archive import Archive
from assistant.documents.backends.encrypted import stored
from assistant.documents.limits import ENCRYPTION_ROUNDS, MEGABYTE, PART_MB
from assistant.documents.markup import local, parse_xml
from assistant.errors import DocumentError, PasswordRequired

_WHOLE = "encrypted-package"
_ARGON_KILOBYTES = 256 * 1024
"""Of memory that Argon2 may take; LibreOffice takes 64 MB."""
_ARGON_ROUNDS = 16
_CHECKED = 1024
"""Bytes of a part of which the checksum is made."""


@dataclass(frozen=True, slots=True)
class _Locked:
    """How one part is encrypted."""

    name: str
    algorithm: str
    vector: bytes
    start: str
    derivation: str
    salt: bytes
    rounds: int
    length: int
    memory: int
    lanes: int
    checksum: str
    expected: bytes


@contextlib.contextmanager
def unlocked(path: Path, archive: Archive, manifest: bytes, password: str | None) -> Iterator[Path]:
    """A path at which the readers find the package without its encryption.

    Raises PasswordRequired, or DocumentError: office_encrypted for an encryption of another kind, damaged_document.
    """
    parts = _parts(path, manifest)
    if not password:
        raise PasswordRequired("password_required", path=str(path))
    with stored(_package(path, archive, parts, password), path) as inner:
        yield inner


def _package(path: Path, archive: Archive, parts: dict[str, _Locked], password: str) -> bytes:
    keys: dict[tuple[object, ...], bytes] = {}
    if _WHOLE in parts:
        return _opened(path, archive.read(_WHOLE, limit_mb=PART_MB), parts[_WHOLE], password, keys)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name in archive.names:
            if name == "META-INF/manifest.xml":
                # It says that the parts are encrypted.
                continue
            data = archive.read(name)
            if name in parts:
                data = _opened(path, data, parts[name], password, keys)
            package.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else None)
    return whole.getvalue()


def _opened(path: Path, data: bytes, part: _Locked, password: str, keys: dict[tuple[object, ...], bytes]) -> bytes:
    known = (part.start, part.derivation, part.salt, part.rounds, part.length)
    if known not in keys:
        keys[known] = _key(path, part, password)
    wrong = PasswordRequired("password_wrong", path=str(path))
    try:
        packed = _CIPHERS[part.algorithm](keys[known], part.vector, data)
    except KeyError:
        raise DocumentError("office_encrypted", path=str(path)) from None
    except _invalid_tag():
        raise wrong from None
    except ValueError:
        raise DocumentError("damaged_document", path=str(path)) from None
    check = _CHECKSUMS.get(part.checksum)
    if check is not None and check(packed[:_CHECKED]) != part.expected:
        raise wrong
    inflater = zlib.decompressobj(-15)
    try:
        clear = inflater.decompress(packed, PART_MB * MEGABYTE)
    except zlib.error:
        raise wrong from None
    if inflater.unconsumed_tail:
        raise DocumentError("unpacks_too_large", path=str(path), limit=PART_MB)
    return clear


def _invalid_tag() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag


def _key(path: Path, part: _Locked, password: str) -> bytes:
    start = password.encode("utf-8")
    start = hashlib.sha256(start).digest() if part.start == "sha256" else hashlib.sha1(start).digest()
    if part.derivation == "pbkdf2":
        return hashlib.pbkdf2_hmac("sha1", start, part.salt, part.rounds, part.length)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        derived: bytes = Argon2id(
            salt=part.salt, length=part.length, iterations=part.rounds, lanes=part.lanes, memory_cost=part.memory
        ).derive(start)
    except (UnsupportedAlgorithm, ValueError):
        raise DocumentError("office_encrypted", path=str(path)) from None
    return derived


def _aes_cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    clear = decryptor.update(data) + decryptor.finalize()
    # Filled up to whole blocks; the last byte says how many were added.
    return clear[: -clear[-1]] if clear and 1 <= clear[-1] <= 16 else clear


def _aes_gcm(key: bytes, vector: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    # The vector stands before the text, too.
    return AESGCM(key).decrypt(vector, data.removeprefix(vector), None)


def _blowfish(key: bytes, vector: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher

    decryptor = Cipher(Blowfish(key), CFB(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


_CIPHERS: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "aes256-cbc": _aes_cbc,
    "aes256-gcm": _aes_gcm,
    "blowfish cfb": _blowfish,
}
_CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "sha256-1k": lambda data: hashlib.sha256(data).digest(),
    "sha1/1k": lambda data: hashlib.sha1(data).digest(),
    "sha1-1k": lambda data: hashlib.sha1(data).digest(),
}


def _parts(path: Path, manifest: bytes) -> dict[str, _Locked]:
    """The encrypted parts by name. Raises DocumentError."""
    found: dict[str, _Locked] = {}
    for entry in parse_xml(manifest, path).iter():
        if local(entry) != "file-entry":
            continue
        data = next((each for each in entry if local(each) == "encryption-data"), None)
        if data is None:
            continue
        try:
            part = _locked(entry, data)
        except KeyError:
            raise DocumentError("office_encrypted", path=str(path)) from None
        except ValueError:
            raise DocumentError("damaged_document", path=str(path)) from None
        costly = part.derivation == "argon2id" and (part.rounds > _ARGON_ROUNDS or part.memory > _ARGON_KILOBYTES)
        if part.derivation not in ("pbkdf2", "argon2id") or costly or not 0 < part.rounds <= ENCRYPTION_ROUNDS:
            raise DocumentError("office_encrypted", path=str(path))
        found[part.name] = part
    return found


def _locked(entry: Any, data: Any) -> _Locked:
    method = _child(data, "algorithm")
    derivation = _child(data, "key-derivation")
    start = _child(data, "start-key-generation", required=False)
    # Before ODF 1.2 the key was made of SHA-1 and had 16 bytes.
    return _Locked(
        name=_value(entry, "full-path"),
        algorithm=_short(_value(method, "algorithm-name")),
        vector=base64.b64decode(_value(method, "initialisation-vector")),
        start=_short(_value(start, "start-key-generation-name", "SHA1")) if start is not None else "sha1",
        derivation=_short(_value(derivation, "key-derivation-name")),
        salt=base64.b64decode(_value(derivation, "salt")),
        rounds=int(_value(derivation, "iteration-count", "") or _value(derivation, "argon2-iterations")),
        length=int(_value(derivation, "key-size", "16")),
        memory=int(_value(derivation, "argon2-memory", "0")),
        lanes=int(_value(derivation, "argon2-lanes", "1")),
        checksum=_short(_value(data, "checksum-type", "")),
        expected=base64.b64decode(_value(data, "checksum", "")),
    )


def _child(element: Any, name: str, *, required: bool = True) -> Any:
    found = next((each for each in element if local(each) == name), None)
    if found is None and required:
        raise KeyError(name)
    return found


def _value(element: Any, name: str, default: str | None = None) -> str:
    """An attribute, whatever its namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].rpartition(":")[2] == name:
            return str(value)
    if default is None:
        raise KeyError(name)
    return default


def _short(name: str) -> str:
    """Of a name that may be an address its last part, in lower case."""
    short = name.rpartition("#")[2].strip().lower()
    return short if "1k" in short else short.rpartition("/")[2]
