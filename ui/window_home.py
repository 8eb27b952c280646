"""The start page's work: recent documents with their pictures, what is new, files that were moved or dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from assistant import settings as keys
from assistant.errors import UserError
from assistant.jobs import JobContext
from assistant.types import PageImage
from ui.i18n import error_message, tr
from ui.jobs import JobList
from ui.models.formats import PATTERNS
from ui.models.news import News, newest
from ui.models.session import Session
from ui.views.drop_overlay import DropOverlay
from ui.views.page_images import to_qt
from ui.views.start_page import StartPage
from ui.views.whats_new import NewsDialog
from ui.views.widgets import Look
from ui.window_lists import WindowLists

if TYPE_CHECKING:
    from assistant.engine import Engine, OpenDocument

_PICTURE_MS = 1_200
"""The small picture is drawn when the pages in sight are there."""
_PICTURE_WIDTH = 320
"""Pixels: sharp on a screen of 200 %."""
_QUALITY = 88


class WindowHome(QObject):
    """One for the window. :meth:`attach` comes with each new start page. Main thread only."""

    chosen = Signal(list)
    """``list[Path]``: open these."""
    failed = Signal(str)
    """A sentence for the user."""

    def __init__(
        self, look: Look, engine: Engine, jobs: JobList, lists: WindowLists, changelog: Path | None, window: QWidget
    ) -> None:
        super().__init__(window)
        self._look = look
        self._engine = engine
        self._jobs = jobs
        self._lists = lists
        self._window = window
        self._page: StartPage | None = None
        self._closed = False
        self._news: News | None = None
        self.overlay = DropOverlay(look, window)
        self.overlay.dropped.connect(self.chosen)
        lists.recent_changed.connect(self._on_recent)
        lists.titles_changed.connect(lambda titles: self._page.set_titles(titles) if self._page is not None else None)
        if changelog is not None:
            job = jobs.start("", lambda ctx: newest(changelog), self, quiet=True)
            job.succeeded.connect(self._on_news)

    def attach(self, page: StartPage) -> None:
        self._page = page
        page.file_activated.connect(lambda path: self.chosen.emit([path]))
        page.forget_requested.connect(self._lists.forget)
        page.locate_requested.connect(self.locate)
        page.news_seen.connect(self._news_seen)
        page.news_wanted.connect(self.show_news)
        page.set_titles(self._lists.titles)
        if self._lists.recent is not None:
            page.set_recent(self._lists.recent)
        self._show_news()

    def close(self) -> None:
        """The window closes: nothing is begun any more."""
        self._closed = True

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The functions of the table of actions."""
        return {"whats_new": self.show_news}

    # --- pictures of first pages -------------------------------------------------------------------------------

    def follow(self, session: Session) -> None:
        """Keep a picture of the document's first page once it is read and the window rests."""
        session.read.connect(lambda _: QTimer.singleShot(_PICTURE_MS, self, lambda: self._keep_picture(session)))

    def _keep_picture(self, session: Session) -> None:
        if self._closed:
            return
        handle = session.handle if isValid(session) else None
        # A window that was closed in the meantime has no threads left.
        if handle is not None and handle.page_sizes and self._window.isVisible():
            engine = self._engine
            self._jobs.start("", lambda ctx: _keep_picture(engine, handle, ctx), session, quiet=True)

    # --- files that were moved ---------------------------------------------------------------------------------

    def locate(self, path: Path) -> None:
        """Ask where a file is now; its place on the list, and in the document, goes along."""
        names = tr("Documents ({patterns})", patterns=PATTERNS) + ";;" + tr("All files (*)")
        folder = next((each for each in path.parents if each.is_dir()), Path.home())
        found, _ = QFileDialog.getOpenFileName(
            self._window, tr("Where is {name} now?", name=path.name), str(folder), names
        )
        if found:
            self.move(path, Path(found))

    def move(self, path: Path, target: Path) -> None:
        engine = self._engine
        job = self._jobs.start("", lambda ctx: engine.move_recent(path, target), self, quiet=True)
        job.succeeded.connect(lambda _: self.chosen.emit([target]))
        job.failed.connect(self._on_failed)
        job.finished.connect(self._lists.load_recent)

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.failed.emit(error_message(error))

    # --- what is new -------------------------------------------------------------------------------------------

    def show_news(self) -> None:
        if self._news is not None:
            self._news_seen()
            dialog = NewsDialog(self._look, self._news, self._window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _on_news(self, news: News | None) -> None:
        self._news = news
        self._show_news()

    def _on_recent(self, files: list[object]) -> None:
        if self._page is not None:
            self._page.set_recent(self._lists.recent or [])
        self._show_news()

    def _show_news(self) -> None:
        news, page = self._news, self._page
        if news is None or page is None or self._lists.recent is None:
            return
        seen = self._engine.settings.get(keys.NEWS_SEEN)
        if not seen and not self._lists.recent:
            # To somebody who has just come everything is new; they hear of the next version.
            self._news_seen()
            return
        page.set_news(news if seen != news.version else None)

    def _news_seen(self) -> None:
        if self._news is None:
            return
        try:
            self._engine.settings.set(keys.NEWS_SEEN, self._news.version)
        except UserError as error:
            self.failed.emit(error_message(error))
        if self._page is not None:
            self._page.set_news(None)


def _keep_picture(engine: Engine, handle: OpenDocument, ctx: JobContext) -> None:
    if not engine.picture_wanted(handle):
        return
    width, height = handle.page_sizes[0]
    scale = _PICTURE_WIDTH / max(width, height * 0.5, 1.0)
    picture: PageImage = engine.render(handle, 1, scale, None, 2).result()
    ctx.check()
    image = to_qt(picture)
    # Of a page like a till roll the upper part tells enough.
    image = image.copy(0, 0, image.width(), min(image.height(), 2 * image.width()))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if image.save(buffer, "JPG", _QUALITY):  # type: ignore[call-overload]
        engine.keep_picture(handle, bytes(data.data()))
