"""What the user can set: one typed table, kept as JSON in the profile. Preferences are generated from it.

The file holds only what differs from the defaults. It is replaced atomically; keys that this version does not know
are kept; a damaged file is set aside under another name, never overwritten.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeAlias, TypeVar, overload

from assistant.errors import UserError

Value: TypeAlias = bool | int | float | str
T = TypeVar("T", bool, int, float, str)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One row of the table. ``title`` and ``help`` are English; the window translates them."""

    key: str
    type: type[T]
    default: T
    title: str
    help: str
    group: str
    choices: tuple[tuple[T, str], ...] = ()
    """Value and title of each choice; empty where any value of the type (within the limits) is allowed."""
    minimum: float | None = None
    maximum: float | None = None
    hidden: bool = False
    """State that the program keeps for itself (the window's geometry): not shown in Preferences."""

    def check(self, value: object) -> T:
        """``value`` as this setting's type. Raises ``ValueError`` for what it cannot be."""
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, self.type) or (isinstance(value, bool) and self.type is not bool):
            raise ValueError(f"{self.key} takes {self.type.__name__}, not {type(value).__name__}")
        if self.choices and value not in [choice for choice, _ in self.choices]:
            raise ValueError(f"{self.key} cannot be {value!r}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if self.minimum is not None and value < self.minimum:
                raise ValueError(f"{self.key} is at least {self.minimum}")
            if self.maximum is not None and value > self.maximum:
                raise ValueError(f"{self.key} is at most {self.maximum}")
        return value


THEME: Final = Setting(
    "appearance.theme",
    str,
    "system",
    "Theme",
    "Light, dark, or as the system has it.",
    "Appearance",
    (("system", "As the system"), ("light", "Light"), ("dark", "Dark")),
)
ACCENT: Final = Setting(
    "appearance.accent",
    str,
    "system",
    "Accent colour",
    "Of buttons and what is chosen: the system's, where it has one, or Docent's own.",
    "Appearance",
    (("system", "As the system"), ("own", "Docent blue")),
)
PAGE_COLORS: Final = Setting(
    "appearance.pages",
    str,
    "theme",
    "Pages",
    "White paper, or dark paper on which pictures keep their colours, whatever the theme is.",
    "Appearance",
    (("theme", "As the theme"), ("light", "Light"), ("dark", "Dark")),
)
UI_LANGUAGE: Final = Setting(
    "appearance.language",
    str,
    "system",
    "Language",
    "The language of menus and messages. Documents are read in theirs.",
    "Appearance",
    (("system", "As the system"), ("en", "English"), ("zh", "简体中文")),
)
SUMMARY_LEVEL: Final = Setting(
    "reading.summary_level",
    str,
    "short",
    "Summary length",
    "How much a summary says when a document is opened.",
    "Reading",
    (("sentence", "One sentence"), ("short", "Short"), ("detailed", "Detailed")),
)
ZOOM: Final = Setting(
    "reading.zoom",
    str,
    "width",
    "Zoom of new documents",
    "How large a page is shown when a document is opened for the first time.",
    "Reading",
    (("width", "Page width"), ("page", "Whole page"), ("actual", "Actual size")),
)
RESTORE_PLACE: Final = Setting(
    "reading.restore_place",
    bool,
    True,
    "Reopen at the last place",
    "Open a document at the page where you left it.",
    "Reading",
)
RESTORE_TABS: Final = Setting(
    "reading.restore_tabs",
    bool,
    True,
    "Reopen the documents of the last time",
    "Start with the tabs that were open when you left.",
    "Reading",
)
HIGHLIGHT_ENTITIES: Final = Setting(
    "reading.highlight_entities",
    bool,
    True,
    "Highlight entities on the page",
    "Mark people, organizations, places, dates and amounts right in the text.",
    "Reading",
)
OCR: Final = Setting(
    "documents.ocr",
    str,
    "auto",
    "Read scans",
    "Recognise the text of pages that are pictures, in the background.",
    "Reading",
    (("auto", "Automatic"), ("off", "Never")),
)
PROVIDER: Final = Setting(
    "models.provider",
    str,
    "auto",
    "Run models on",
    "Automatic takes the graphics card where it works, the processor otherwise. It counts from the next start.",
    "Models",
    (("auto", "Automatic"), ("cpu", "Processor")),
)
THREADS: Final = Setting(
    "models.threads",
    int,
    0,
    "Processor threads",
    "How many threads the models use; 0 chooses by the number of cores. It counts from the next start.",
    "Models",
    minimum=0,
    maximum=256,
)
HUB_DOWNLOADS: Final = Setting(
    "models.hub_downloads",
    bool,
    False,
    "Download base models",
    "Let Docent fetch a base model by its name from the Hugging Face hub, when you choose one for a training. Nothing "
    "is sent but that name, and nothing else uses the network.",
    "Models",
)
KEEP_FINDINGS: Final = Setting(
    "storage.keep_findings",
    bool,
    True,
    "Keep results of documents",
    "Keep the text and the results of a document on this computer, so that it opens at once the next time. "
    "Documents with a password are never kept.",
    "Storage",
)
CACHE_MEGABYTES: Final = Setting(
    "storage.cache_megabytes",
    int,
    512,
    "Space for kept results (MB)",
    "When there are more, those that were not used for the longest time are deleted.",
    "Storage",
    minimum=16,
    maximum=65_536,
)
RECENT_FILES: Final = Setting(
    "storage.recent_files",
    int,
    30,
    "Recent files",
    "How many files the start page remembers; 0 remembers none.",
    "Storage",
    minimum=0,
    maximum=500,
)
WINDOW_GEOMETRY: Final = Setting("window.geometry", str, "", "", "", "Window", hidden=True)
WINDOW_STATE: Final = Setting("window.state", str, "", "", "", "Window", hidden=True)
LEFT_PANEL: Final = Setting("window.left_panel", bool, True, "", "", "Window", hidden=True)
RIGHT_PANEL: Final = Setting("window.right_panel", bool, True, "", "", "Window", hidden=True)
LEFT_WIDTH: Final = Setting("window.left_width", int, 264, "", "", "Window", minimum=0, hidden=True)
RIGHT_WIDTH: Final = Setting("window.right_width", int, 376, "", "", "Window", minimum=0, hidden=True)
OPEN_TABS: Final = Setting("window.tabs", str, "", "", "", "Window", hidden=True)
NEWS_SEEN: Final = Setting("window.news_seen", str, "", "", "", "Window", hidden=True)
LAST_FOLDER: Final = Setting("window.last_folder", str, "", "", "", "Window", hidden=True)

AnySetting: TypeAlias = Setting[bool] | Setting[int] | Setting[float] | Setting[str]

SETTINGS: Final[tuple[AnySetting, ...]] = (
    THEME,
    ACCENT,
    PAGE_COLORS,
    UI_LANGUAGE,
    SUMMARY_LEVEL,
    ZOOM,
    RESTORE_PLACE,
    RESTORE_TABS,
    HIGHLIGHT_ENTITIES,
    OCR,
    PROVIDER,
    THREADS,
    HUB_DOWNLOADS,
    KEEP_FINDINGS,
    CACHE_MEGABYTES,
    RECENT_FILES,
    WINDOW_GEOMETRY,
    WINDOW_STATE,
    LEFT_PANEL,
    RIGHT_PANEL,
    LEFT_WIDTH,
    RIGHT_WIDTH,
    OPEN_TABS,
    LAST_FOLDER,
    NEWS_SEEN,
)
"""The table, in the order in which Preferences shows it."""

_BY_KEY: Final[dict[str, AnySetting]] = {setting.key: setting for setting in SETTINGS}


class Settings:
    """The user's settings. Thread-safe; a change is on disk before :meth:`set` returns.

    ``notices`` receives a sentence for a file that was damaged and set aside.
    """

    def __init__(self, path: Path, on_damaged: Callable[[Path], None] | None = None) -> None:
        self._path = path
        self._on_damaged = on_damaged
        self._lock = threading.RLock()
        self._callbacks: dict[str, list[Callable[[Value], None]]] = {}
        self._values = self._load()

    @overload
    def get(self, setting: Setting[T]) -> T: ...

    @overload
    def get(self, setting: str) -> Value: ...

    def get(self, setting: Setting[T] | str) -> T | Value:
        """The value, or the default where none is stored or the stored one is not valid."""
        row = _BY_KEY[setting] if isinstance(setting, str) else setting
        with self._lock:
            stored = self._values.get(row.key)
        if stored is None:
            return row.default
        try:
            return row.check(stored)
        except ValueError as error:
            _log.warning("setting ignored: %s", error)
            return row.default

    def set(self, setting: Setting[T] | str, value: Value) -> None:
        """Store ``value`` and tell the subscribers, on this thread.

        Raises ``ValueError`` for a value that the setting does not take, ``UserError`` where it cannot be written.
        """
        row = _BY_KEY[setting] if isinstance(setting, str) else setting
        checked: Value = row.check(value)
        with self._lock:
            if self.get(row.key) == checked:
                return
            # Another process may have stored other keys since: they are read again, only this one is ours.
            values = self._load()
            if checked == row.default:
                values.pop(row.key, None)
            else:
                values[row.key] = checked
            _write_atomically(self._path, json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
            self._values = values
            callbacks = list(self._callbacks.get(row.key, ()))
        for callback in callbacks:
            callback(checked)

    def reset(self, setting: AnySetting | str) -> None:
        row = _BY_KEY[setting] if isinstance(setting, str) else setting
        self.set(row.key, row.default)

    def subscribe(self, setting: AnySetting | str, callback: Callable[[Value], None]) -> Callable[[], None]:
        """Call ``callback(value)`` after each change, on the thread that makes it. Returns the way to stop it."""
        key = setting if isinstance(setting, str) else setting.key
        if key not in _BY_KEY:
            raise KeyError(key)
        with self._lock:
            self._callbacks.setdefault(key, []).append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks.get(key, ()):
                    self._callbacks[key].remove(callback)

        return unsubscribe

    def _load(self) -> dict[str, object]:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            _log.warning("settings cannot be read: %s", error.strerror)
            return {}
        try:
            values = json.loads(raw.decode("utf-8"))
            if not isinstance(values, dict):
                raise ValueError("not an object")
        except (ValueError, RecursionError):
            self._set_aside()
            return {}
        return values

    def _set_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{self._path.suffix}")
        number = 1
        while aside.exists():
            number += 1
            aside = aside.with_name(f"{self._path.stem}.damaged-{number}{self._path.suffix}")
        try:
            self._path.replace(aside)
        except OSError as error:
            # Still damaged and still in its place: nothing may overwrite it, so changes live in memory only.
            _log.error("damaged settings cannot be set aside: %s", error.strerror)
            return
        _log.warning("settings were damaged; the file was kept as %s", aside.name)
        if self._on_damaged is not None:
            self._on_damaged(aside)


def _write_atomically(path: Path, text: str) -> None:
    """Write beside ``path``, flush to the disk, then take its place: a reader sees the old or the new file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
        aside = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserError("cannot_write", path=str(path), why=error.strerror or type(error).__name__) from error
