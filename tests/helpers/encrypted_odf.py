"""OpenDocument packages with encrypted parts, as ODF 1.2, part 3, has them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher as Encryption
from cryptography.hazmat.primitives.ciphers import algorithms, modes

Cipher = Literal["aes256", "blowfish"]
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_ROUNDS = 1000


def encrypt_odf(
    path: Path,
    source: Path,
    password: str,
    cipher: Cipher,
    change: Callable[[bytes], bytes] = lambda manifest: manifest,
) -> Path:
    """``source`` encrypted as LibreOffice (``aes256``) or old OpenOffice (``blowfish``) does it."""
    entries = []
    with zipfile.ZipFile(source) as clear, zipfile.ZipFile(path, "w") as locked:
        for name in clear.namelist():
            data = clear.read(name)
            if name == "META-INF/manifest.xml":
                continue
            if name == "mimetype":
                locked.writestr(name, data)
                continue
            written, entry = _part(name, data, password, cipher)
            locked.writestr(name, written)
            entries.append(entry)
        manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{_NAMESPACE}">{"".join(entries)}</m:manifest>'
        locked.writestr("META-INF/manifest.xml", change(manifest.encode()))
    return path


def _part(name: str, data: bytes, password: str, cipher: Cipher) -> tuple[bytes, str]:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(data) + deflater.flush()
    salt = hashlib.md5(name.encode()).digest()
    if cipher == "aes256":
        start = hashlib.sha256(password.encode()).digest()
        key = hashlib.pbkdf2_hmac("sha1", start, salt, _ROUNDS, 32)
        vector = salt[::-1]
        added = 16 - len(packed) % 16
        padded = packed + bytes(added - 1) + bytes([added])
        encryptor = Encryption(algorithms.AES(key), modes.CBC(vector)).encryptor()
        written = encryptor.update(padded) + encryptor.finalize()
        check, kind = hashlib.sha256(packed[:1024]).digest(), f"{_NAMESPACE}#sha256-1k"
        algorithm, size = "http://www.w3.org/2001/04/xmlenc#aes256-cbc", 32
        first = '<m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>'
    else:
        start = hashlib.sha1(password.encode()).digest()
        key = hashlib.pbkdf2_hmac("sha1", start, salt, _ROUNDS, 16)
        vector = salt[:8]
        encryptor = Encryption(Blowfish(key), CFB(vector)).encryptor()
        written = encryptor.update(packed) + encryptor.finalize()
        check, kind = hashlib.sha1(packed[:1024]).digest(), "SHA1/1K"
        algorithm, size, first = "Blowfish CFB", 16, ""

    def text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    entry = (
        f'<m:file-entry m:full-path="{name}" m:size="{len(data)}">'
        f'<m:encryption-data m:checksum-type="{kind}" m:checksum="{text(check)}">'
        f'<m:algorithm m:algorithm-name="{algorithm}" m:initialisation-vector="{text(vector)}"/>{first}'
        f'<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="{size}" m:iteration-count="{_ROUNDS}" '
        f'm:salt="{text(salt)}"/></m:encryption-data></m:file-entry>'
    )
    return written, entry
