"""Parts of an OOXML container and the relations between them. What is outside of the container is never followed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from assistant.documents.archive import Archive, resolve
from assistant.documents.limits import OFFICE_ELEMENTS, OFFICE_PART_MB
from assistant.documents.markup import children, local, parse_xml
from assistant.errors import DocumentError, Param


@dataclass(frozen=True, slots=True)
class Relation:
    kind: str
    """The last word of its type: ``image``, ``footnotes``; the same in Transitional and Strict."""
    target: str | None
    """The part; None for what is outside of the container."""
    address: str
    """The target as it is written."""


class Package:
    """An open container. A context manager. Raises DocumentError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive = Archive(path)
        self._relations: dict[str, dict[str, Relation]] = {}
        self.damaged: list[str] = []
        """Optional parts that could not be read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.__exit__(kind, value, trace)

    def main(self, folder: str, stem: str) -> str:
        """The part that the document begins with. ``folder`` and ``stem`` are where it usually is (``word``,
        ``document``), for containers whose relations are lost."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and relation.target is not None and relation.target in self._archive:
                return relation.target
        for name in self._archive.names:
            parts = PurePosixPath(name.lower())
            if parts.parent.name == folder and parts.name.startswith(stem) and parts.suffix == ".xml":
                return name
        raise DocumentError("damaged_document", path=str(self.path))

    def xml(self, name: str) -> Any:
        """The root of a part that has to be there. Raises DocumentError."""
        try:
            return parse_xml(self._archive.read(name, limit_mb=OFFICE_PART_MB), self.path, OFFICE_ELEMENTS)
        except KeyError:
            raise DocumentError("damaged_document", path=str(self.path)) from None

    def optional(self, name: str | None) -> Any | None:
        """The root of a part that may be missing or damaged. Raises DocumentError for a hostile one."""
        if name is None or name not in self._archive:
            return None
        try:
            return self.xml(name)
        except DocumentError as error:
            if error.code != "damaged_document":
                raise
            self.damaged.append(name)
            return None

    def data(self, name: str | None, limit_mb: int) -> bytes | None:
        """The bytes of a part; None for one that is missing, damaged or larger."""
        if name is None or name not in self._archive:
            return None
        try:
            return self._archive.read(name, limit_mb=limit_mb)
        except DocumentError as error:
            if error.code == "unpacks_too_large" and error.params["limit"] != limit_mb:
                raise
            return None

    def relations(self, part: str) -> dict[str, Relation]:
        """Of a part, by their ids; those of the container itself for ``""``."""
        if part not in self._relations:
            place = PurePosixPath(part)
            root = self.optional(str(place.parent / "_rels" / f"{place.name}.rels"))
            found: dict[str, Relation] = {}
            for item in () if root is None else children(root, "Relationship"):
                kind = (item.get("Type") or "").rpartition("/")[2]
                address = item.get("Target") or ""
                inside = (item.get("TargetMode") or "Internal").lower() != "external"
                # A damaged Id is no reason to lose a relation that is found by its kind.
                key = item.get("Id") or f"#{len(found)}"
                found[key] = Relation(kind, resolve(part, address) if inside and address else None, address)
            self._relations[part] = found
        return self._relations[part]

    def related(self, part: str, kind: str) -> list[str]:
        """Parts that ``part`` refers to as ``kind``."""
        return [item.target for item in self.relations(part).values() if item.kind == kind and item.target is not None]

    def target(self, part: str, identifier: str | None) -> str | None:
        relation = self.relations(part).get(identifier or "")
        return relation.target if relation is not None else None

    def title(self) -> str | None:
        """The title that the document's properties declare."""
        for name in self.related("", "core-properties") or ["docProps/core.xml"]:
            root = self.optional(name)
            for item in root if root is not None else ():
                if local(item) == "title" and item.text and item.text.strip():
                    return str(item.text).strip()[:1000]
        return None

    def notices(self, pictures: int) -> list[tuple[str, dict[str, Param]]]:
        """What the reader should know: parts that are damaged, and ``pictures`` that are left out."""
        found: list[tuple[str, dict[str, Param]]] = []
        if self.damaged:
            found.append(("parts_damaged", {"count": len(self.damaged), "names": ", ".join(self.damaged[:3])}))
        if pictures:
            found.append(("pictures_left_out", {"count": pictures}))
        return found
