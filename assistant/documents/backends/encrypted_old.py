"""DOC and XLS that are encrypted with a password (XOR, RC4 and RC4 CryptoAPI), by msoffcrypto."""

from __future__ import annotations

import io
from pathlib import Path

from assistant.errors import DocumentError, PasswordRequired

_USUAL = "VelvetSweatshop"
"""With which Excel encrypts sheets that are only protected against changes, and which it tries by itself."""


def decrypted(path: Path, password: str | None) -> bytes:
    """The file without its encryption. Raises PasswordRequired, or DocumentError: office_encrypted for an encryption of
    another kind, or one whose description is damaged."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    unknown = DocumentError("office_encrypted", path=str(path))
    with path.open("rb") as file:
        try:
            locked = msoffcrypto.OfficeFile(file)
            if not locked.is_encrypted():
                raise unknown
            locked.load_key(password=password or _USUAL)
            clear = io.BytesIO()
            locked.decrypt(clear)
        except InvalidKeyError:
            raise PasswordRequired("password_wrong" if password else "password_required", path=str(path)) from None
        except (DecryptionError, FileFormatError, NotImplementedError):
            raise unknown from None
        except (DocumentError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - the library trusts what the file says about itself
            raise unknown from None
    return clear.getvalue()
