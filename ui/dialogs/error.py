"""Says what went wrong and what to do; a bug can be copied as a report that holds nothing of the document."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Sequence
from importlib import metadata
from types import TracebackType

from PySide6.QtCore import QTimer, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from assistant.errors import UserError
from ui.i18n import error_message, tr
from ui.views.widgets import FlowText, LinkButton, Look, TickBox, label

_COPIED_MS = 1500


def report(error: BaseException, *, provider: str = "", log: Sequence[str] = (), words: bool = False) -> str:
    """What a developer needs: versions, what runs the models, the kind of error, where in the program it happened, and
    the end of the log.

    The words of the error, which may quote the document or the name of a file, only with ``words``; the values of
    variables never.
    """
    try:
        version = metadata.version("docent")
    except metadata.PackageNotFoundError:
        version = "0 (not installed)"
    lines = [
        f"Docent {version}",
        f"Python {platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.machine()}",
        *([f"Models run on {provider}"] if provider else []),
        "",
    ]
    shown: BaseException | None = error
    while shown is not None:
        code = f" ({shown.code})" if isinstance(shown, UserError) else ""
        said = f": {shown}" if words and str(shown) else ""
        lines.append(f"{type(shown).__module__}.{type(shown).__qualname__}{code}{said}")
        lines.extend(_frames(shown.__traceback__))
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)
        if shown is not None:
            lines.append("caused by")
    if log:
        lines += ["", "Log", *(f"  {line}" for line in log)]
    return "\n".join(lines)


def _frames(trace: TracebackType | None) -> list[str]:
    found = []
    for frame in traceback.extract_tb(trace):
        # The folder of a file may hold the user's name.
        parts = frame.filename.replace("\\", "/").split("/")
        found.append(f"  {'/'.join(parts[-3:])}:{frame.lineno} in {frame.name}")
    return found


class ErrorDialog(QDialog):
    """What happened, what to do, and for bugs a report to copy.

    ``what_to_do`` replaces the sentence for the kind of error; an error of the user's world (``UserError``) already
    says it in its message, and has a report only where ``reports`` says so. ``provider``: what runs the models.
    """

    def __init__(
        self,
        look: Look,
        error: BaseException,
        *,
        title: str = "",
        what_to_do: str = "",
        provider: str = "",
        reports: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._error, self._provider = error, provider
        self._log: Sequence[str] = ()
        self.report = report(error, provider=provider)
        is_bug = reports or not isinstance(error, UserError)
        sizes = look.sizes
        self.setWindowTitle(title or tr("Something went wrong"))
        self.setModal(True)
        self.setMinimumWidth(sizes.dialog)
        if not what_to_do and not isinstance(error, UserError):
            what_to_do = tr(
                "Your document is unchanged. If this happens again, copy the report and send it to the developers; "
                "it holds nothing of the document."
            )
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog, sizes.pad_dialog)
        column.setSpacing(sizes.gap)
        column.addWidget(label(title or tr("Something went wrong"), "heading"))
        self.sentence = FlowText(look, error_message(error))
        self.advice = FlowText(look, what_to_do, color="muted")
        self.advice.setVisible(bool(what_to_do))
        column.addWidget(self.sentence)
        column.addWidget(self.advice)
        self.details = QPlainTextEdit(self.report)
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("Report"))
        self.details.setToolTip(tr("What the report says; it holds nothing of the document"))
        self.details.setTabChangesFocus(True)
        self.details.setMinimumHeight(sizes.control * 5)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.hide()
        self.details_button = LinkButton(tr("Show the report"), tr("Show what would be copied"))
        self.details_button.clicked.connect(self._toggle_details)
        more = QHBoxLayout()
        more.addWidget(self.details_button)
        more.addStretch(1)
        column.addLayout(more)
        column.addWidget(self.details, 1)
        self.words = TickBox(look, tr("Include the words of the error"))
        self.words.setToolTip(tr("They may quote the document or the name of a file"))
        self.words.setVisible(False)
        self.words.toggled.connect(self._rewrite)
        column.addWidget(self.words)
        column.addSpacing(sizes.gap)
        self.copy_button = QPushButton(tr("Copy the report"))
        self.copy_button.setToolTip(tr("Put the report on the clipboard"))
        self.copy_button.setAccessibleName(tr("Copy the report"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setProperty("kind", "primary")
        self.close_button.setToolTip(tr("Close this message (Esc)"))
        self.close_button.setAccessibleName(tr("Close"))
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setSpacing(sizes.gap)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column.addLayout(buttons)
        for widget in (self.copy_button, self.details_button):
            widget.setVisible(is_bug)
        self.close_button.setFocus()

    def _toggle_details(self) -> None:
        shown = self.details.isHidden()
        self.details.setVisible(shown)
        self.words.setVisible(shown)
        self.details_button.setText(tr("Hide the report") if shown else tr("Show the report"))
        self.details_button.setAccessibleName(self.details_button.text())
        self.adjustSize()

    def set_log(self, lines: Sequence[str]) -> None:
        """The end of the log, for the report."""
        self._log = lines
        self._rewrite()

    def _rewrite(self) -> None:
        self.report = report(self._error, provider=self._provider, log=self._log, words=self.words.isChecked())
        self.details.setPlainText(self.report)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.copy_button.setText(tr("Copied"))
        QTimer.singleShot(_COPIED_MS, self.copy_button, lambda: self.copy_button.setText(tr("Copy the report")))
