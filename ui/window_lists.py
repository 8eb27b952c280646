"""What the window shows of the engine beside documents: recent files, names of document types, what runs the models.

No widgets. All of it is read in jobs; the window is told when it is there. Signals are emitted on the main thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, Signal

from assistant.types import ProviderInfo
from ui.jobs import JobList

if TYPE_CHECKING:
    from assistant.engine import DocumentType, Engine, RecentFile


class WindowLists(QObject):
    """See the module. :meth:`load` starts; what is known then stays until it is read again."""

    titles_changed = Signal(object)
    """``dict[str, str]``: a document type's id and its name in the window's language."""
    recent_changed = Signal(object)
    """``list[RecentFile]``, newest first."""
    provider_changed = Signal(object)
    """:class:`ProviderInfo`."""

    def __init__(self, engine: Engine, jobs: JobList, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._types: Sequence[DocumentType] = ()
        self._asked_provider = False
        self._loading = 0
        self.titles: dict[str, str] = {}
        self.recent: list[RecentFile] | None = None
        """None before they were read."""
        self.provider: ProviderInfo | None = None

    def load(self) -> None:
        """What is on disk comes when it comes; the window does not wait for it."""
        engine = self._engine
        types = self._jobs.start("", lambda ctx: engine.document_types(), self, quiet=True)
        types.succeeded.connect(self._on_types)
        self.load_recent()

    def load_recent(self) -> None:
        engine = self._engine
        recent = self._jobs.start("", lambda ctx: engine.recent(), self, quiet=True)
        self._loading += 1
        recent.succeeded.connect(self._on_recent)
        recent.finished.connect(self._on_loaded)

    @property
    def is_loading(self) -> bool:
        """Whether the recent files are being read."""
        return self._loading > 0

    def _on_loaded(self) -> None:
        self._loading -= 1

    def forget(self, path: Path) -> None:
        """Take a file off the recent ones."""
        engine = self._engine
        job = self._jobs.start("", lambda ctx: engine.forget_recent(path), self, quiet=True)
        job.finished.connect(self.load_recent)

    def ask_provider(self) -> None:
        """Find out what runs the models; once, as it loads their runtime."""
        if not self._asked_provider:
            self._asked_provider = True
            engine = self._engine
            job = self._jobs.start("", lambda ctx: engine.provider(), self, quiet=True)
            job.succeeded.connect(self._on_provider)

    def retitle(self) -> None:
        """The names in the language that is now set. Tells nobody: the window is made anew."""
        language = QLocale().name()[:2]
        self.titles = {each.id: each.title(language) for each in self._types}

    def _on_types(self, types: Sequence[DocumentType]) -> None:
        self._types = types
        self.retitle()
        self.titles_changed.emit(self.titles)

    def _on_recent(self, files: list[RecentFile]) -> None:
        self.recent = files
        self.recent_changed.emit(files)

    def _on_provider(self, provider: ProviderInfo) -> None:
        self.provider = provider
        self.provider_changed.emit(provider)
