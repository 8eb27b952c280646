"""What the start page shows of a document beside its name: a small picture of its first page, and its type.

Kept among the results of the document, so under the same conditions and bounds: never of one with a password, gone when
it is forgotten.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.kept import Keeper
from assistant.store.documents import RecentFile

_KIND, _VERSION = "card", "1"


@dataclass(frozen=True, slots=True)
class _Part:
    value: str


class Cards:
    """Thread-safe."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def has_picture(self, sha256: str) -> bool:
        return "picture" in self._parts(sha256)

    def keep_picture(self, sha256: str, data: bytes) -> None:
        """``data``: a small picture file (PNG, JPEG)."""
        self._keep(sha256, "picture", base64.b64encode(data).decode("ascii"))

    def keep_type(self, sha256: str, name: str) -> None:
        """``name``: the id of a document type; empty where none is likely."""
        if self._parts(sha256).get("type") != _Part(name):
            self._keep(sha256, "type", name)

    def filled(self, files: Sequence[RecentFile], given: dict[str, str]) -> list[RecentFile]:
        """The files with what is kept of them. ``given``: types that the user gave to documents (by SHA-256)."""
        found: list[RecentFile] = []
        for file in files:
            parts = self._parts(file.sha256)
            picture, type_ = parts.get("picture", _Part("")), parts.get("type", _Part(""))
            found.append(
                replace(
                    file,
                    picture=base64.b64decode(picture.value),
                    type=given.get(file.sha256, type_.value),
                )
            )
        return found

    def _parts(self, sha256: str) -> dict[str, _Part]:
        return self._keeper.parts_of_file(sha256, _KIND, _VERSION, _Part)

    def _keep(self, sha256: str, name: str, value: str) -> None:
        self._keeper.keep_part_of_file(sha256, _KIND, _VERSION, name, _Part(value))
