"""The facade that the window and the command line talk to: documents, findings, models, recent files.

Thread-safe. Blocking calls run on the caller's thread and honour its context. Creating an engine is cheap: the
document process starts with the first document, models are loaded for the first result that is not kept yet.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.jobs import JobContext
from assistant.paths import Paths
from assistant.settings import Settings
from assistant.types import (
    Answers,
    Classification,
    Document,
    Entities,
    ModelInfo,
    Notice,
    PageImage,
    PageText,
    ProviderInfo,
    Span,
    Summary,
    SummaryLevel,
)

if TYPE_CHECKING:
    from assistant.documents.host import OpenDocument
    from assistant.tasks.document_types import DocumentType

__all__ = ["DocumentType", "Engine", "OpenDocument", "Place", "RecentFile"]


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file that was read before, newest first on the start page."""

    path: Path
    sha256: str
    title: str
    format: str
    pages: int
    page: int
    """The page where the reader was last, from 1."""
    opened: datetime
    """When it was last open; timezone-aware, local time."""
    missing: bool
    """True where the file is not at its path any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader was last in a document."""

    page: int
    """From 1."""
    y: float
    """Points from the page's top."""
    zoom: float
    """1.0 is 100 %."""


class Engine:
    """See the module. Make one with :meth:`create`, end it with :meth:`shutdown` (or as a context manager)."""

    settings: Settings

    @classmethod
    def create(cls, paths: Paths | None = None) -> Engine:
        """An engine on the profile in ``paths`` (the user's own if None). No process, no model is started yet."""
        raise NotImplementedError

    # --- documents -----------------------------------------------------------------------------------------

    def open(self, path: Path, ctx: JobContext, password: str | None = None) -> OpenDocument:
        """Open for reading and rendering. Raises ``DocumentError``, ``PasswordRequired``."""
        raise NotImplementedError

    def read(self, opened: OpenDocument, ctx: JobContext) -> Document:
        """The text of all pages. Instant where it is kept; glyphs then follow in the background."""
        raise NotImplementedError

    def load(self, path: Path, ctx: JobContext, password: str | None = None) -> Document:
        """Text only, for work without a window: where it is kept, the document process is not even started."""
        raise NotImplementedError

    def render(
        self,
        opened: OpenDocument,
        page: int,
        scale: float,
        clip: tuple[float, float, float, float] | None = None,
        priority: int = 0,
    ) -> Future[PageImage]:
        raise NotImplementedError

    def page_text(self, opened: OpenDocument, page: int, priority: int = 0) -> Future[PageText]:
        raise NotImplementedError

    def close(self, opened: OpenDocument) -> None:
        raise NotImplementedError

    # --- findings ------------------------------------------------------------------------------------------

    def entities(self, document: Document, ctx: JobContext, first_page: int = 1) -> Entities:
        """All entities. Publishes partial ``Entities``, those of ``first_page`` and its neighbours first."""
        raise NotImplementedError

    def summarize(self, document: Document, ctx: JobContext, level: SummaryLevel = "short") -> Summary:
        raise NotImplementedError

    def classify(self, document: Document, ctx: JobContext) -> Classification:
        raise NotImplementedError

    def ask(self, document: Document, question: str, ctx: JobContext) -> Answers:
        """The answer with its place, or none. Raises ``UsageError("question_empty")``, ``ModelError``."""
        raise NotImplementedError

    def find(self, document: Document, query: str, *, case: bool = False, words: bool = False) -> list[Span]:
        """All places of ``query``, in order, without overlaps. Any run of white space matches any other."""
        raise NotImplementedError

    def document_types(self) -> list[DocumentType]:
        raise NotImplementedError

    # --- models --------------------------------------------------------------------------------------------

    def provider(self) -> ProviderInfo:
        """What truly runs the models. May probe once (seconds): not for the UI thread."""
        raise NotImplementedError

    def models(self) -> list[ModelInfo]:
        raise NotImplementedError

    # --- the reader's own ----------------------------------------------------------------------------------

    def recent(self) -> list[RecentFile]:
        raise NotImplementedError

    def remember(self, opened: OpenDocument, page: int, y: float, zoom: float) -> None:
        raise NotImplementedError

    def forget_recent(self, path: Path) -> None:
        raise NotImplementedError

    def clear_recent(self) -> None:
        raise NotImplementedError

    def place(self, sha256: str) -> Place | None:
        raise NotImplementedError

    def on_notice(self, callback: Callable[[Notice], None]) -> None:
        """Be told, on any thread, of what happens beside the work: the document process was restarted ..."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """End the document process and all background work; waits for it. May be called again."""
        raise NotImplementedError
