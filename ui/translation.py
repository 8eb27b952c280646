"""The language that the window speaks: which one, its catalogue and Qt's own, and the change to another."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from ui.i18n import Catalog

SYSTEM = "system"


class Translation(QObject):
    """One for the program; :meth:`apply` installs. Main thread only.

    Numbers and dates follow as well: the program's default locale becomes that of the language.
    """

    changed = Signal()
    """Another language was applied: what is on the screen has the words of the one before."""

    def __init__(self, folder: Path | None, parent: QObject | None = None) -> None:
        """``folder`` holds the catalogues; None: English alone."""
        super().__init__(parent)
        self._folder = folder
        self._chosen = ""
        self._installed: list[QTranslator] = []

    @property
    def chosen(self) -> str:
        return self._chosen

    def apply(self, chosen: str) -> None:
        """``system`` or the ISO 639-1 code of a language."""
        if chosen == self._chosen:
            return
        first, self._chosen = not self._chosen, chosen
        locale = _locale(chosen)
        QLocale.setDefault(locale)
        self._take_out()
        qt = QTranslator(self)
        if qt.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._installed.append(qt)
        own = Catalog.read(self._folder, locale, self) if self._folder is not None else None
        if own is not None:
            # Asked first, as Qt asks the newest.
            self._installed.append(own)
        for translator in self._installed:
            QCoreApplication.installTranslator(translator)
        if not first:
            self.changed.emit()

    def close(self) -> None:
        """English again, as without this."""
        self._take_out()
        QLocale.setDefault(QLocale.system())

    def _take_out(self) -> None:
        for translator in self._installed:
            QCoreApplication.removeTranslator(translator)
            translator.deleteLater()
        self._installed.clear()


def _locale(chosen: str) -> QLocale:
    if chosen != SYSTEM:
        return QLocale(chosen)
    # The language of the menus, which may differ from that of dates and numbers.
    languages = QLocale.system().uiLanguages()
    asked = QLocale(languages[0]) if languages else QLocale.system()
    return asked if asked.language() != QLocale.Language.C else QLocale(QLocale.Language.English)
