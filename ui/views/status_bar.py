"""The bottom line: offline, what runs and how far it is, what truly runs the models, the document's language."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from assistant.types import ProviderInfo
from ui.i18n import count, language_name, seconds_text, tr, word
from ui.jobs import Activity, Job, JobList
from ui.views.jobs_popup import JobsPopup, PauseButton, fraction_of, item_text, toggle_pause
from ui.views.widgets import Dot, ElidedLabel, IconButton, Look, ThinBar, label

_SOON_MS = 50


class StatusBar(QWidget):
    """28 pixels at the bottom. It follows a :class:`JobList` by itself.

    - :meth:`set_recognised`, :meth:`set_provider`, :meth:`set_language` (ISO 639-1 code, or None to hide),
      :meth:`set_offline`.
    - :meth:`set_done` says what has ended, as in "All analyses done in 3.1 s"; :meth:`say` shows any other sentence.
      Both stay until the next job starts.

    ``cancel_requested(Job)`` tells that the user stopped a job, after it was told to.
    """

    cancel_requested = Signal(object)
    details_wanted = Signal(object)
    """:class:`ui.jobs.Failure`."""

    def __init__(self, look: Look, jobs: JobList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._jobs = jobs
        self._said = ""
        sizes = look.sizes
        self.setProperty("role", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(sizes.status_bar)
        self.setAccessibleName(tr("Status"))

        self._dot = Dot(look)
        self.offline = ElidedLabel(role="secondary")
        self.message = ElidedLabel(role="secondary")
        self.message.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.jobs_button = _TextButton(tr("Show what runs"))
        self.jobs_button.clicked.connect(self._toggle_popup)
        self.bar = ThinBar(look, tr("Progress"))
        self.bar.setFixedWidth(120)
        self.cancel_button = IconButton(look, "close", tr("Stop"), small=True, color="muted")
        self.cancel_button.setFixedHeight(sizes.control_small)
        self.cancel_button.clicked.connect(self._cancel_shown)
        self.pause_button = PauseButton(look)
        self.pause_button.clicked.connect(self._pause_shown)
        self.recognised = label(tr("Recognised text"), role="chip")
        self.recognised.setToolTip(tr("The text of this page was read from a picture and may have mistakes."))
        self.recognised.hide()
        self.provider = label(role="secondary")
        self.language = label(role="secondary")
        self.popup = JobsPopup(look, jobs, self)
        self.popup.cancel_requested.connect(self.cancel_requested)
        self.popup.details_wanted.connect(self.details_wanted)

        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.pad, sizes.separator, sizes.pad, 0)
        row.setSpacing(sizes.gap)
        row.addWidget(self._dot)
        row.addWidget(self.offline, 1)
        row.addWidget(self.message, 1)
        row.addWidget(self.jobs_button)
        row.addWidget(self.bar)
        row.addWidget(self.pause_button)
        row.addWidget(self.cancel_button)
        row.addSpacing(sizes.gap)
        row.addWidget(self.recognised)
        row.addWidget(self.provider)
        row.addSpacing(sizes.gap)
        row.addWidget(self.language)

        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show)
        # What is told of in one turn is shown once; nobody reads a job that ends at once.
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._show)
        jobs.changed.connect(self._show_soon)
        self.set_offline()
        self.set_provider(None)
        self.set_language(None)
        self._show()

    # --- setters ----------------------------------------------------------------------------------------

    def set_offline(self, sentence: str = "", *, online: bool = False) -> None:
        """``online`` while a download that the user asked for runs; ``sentence`` says which."""
        self._dot.set_token("warn" if online else "good")
        self.offline.set_text(sentence or tr("Offline · nothing leaves this computer"))
        if not online:
            self.offline.setToolTip(tr("Docent opens no connection unless you ask for a download."))

    def set_provider(self, provider: ProviderInfo | None) -> None:
        if provider is None:
            self.provider.hide()
            return
        self.provider.setText(f"{provider.name} · {provider.precision}")
        tip = tr("The models run on {name} with {precision} numbers.", name=provider.name, precision=provider.precision)
        if provider.name == "CPU":
            tip += "\n" + count(provider.threads, "{n} thread", "{n} threads")
        if provider.reason:
            tip += "\n" + word(provider.reason)
        self.provider.setToolTip(tip)
        self.provider.setAccessibleName(tip.replace("\n", " "))
        self.provider.show()

    def set_language(self, code: str | None) -> None:
        if not code:
            self.language.hide()
            return
        self.language.setText(language_name(code))
        self.language.setToolTip(tr("The language of the document"))
        self.language.setAccessibleName(tr("Document language: {language}", language=language_name(code)))
        self.language.show()

    def set_recognised(self, recognised: bool) -> None:
        """Whether the text of the page in sight was read from its picture."""
        self.recognised.setVisible(recognised)

    def set_done(self, seconds: float) -> None:
        self.say(tr("All analyses done in {time}", time=seconds_text(seconds)))

    @property
    def said(self) -> str:
        """Since the last job began; empty for nothing."""
        return self._said

    def say(self, sentence: str) -> None:
        self._said = sentence
        self._show()

    # --- jobs -------------------------------------------------------------------------------------------

    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _show(self) -> None:
        running, activities = self._jobs.running(), self._jobs.activities()
        items: list[Job | Activity] = [*activities, *running]
        failures = self._jobs.failures()
        self.jobs_button.setVisible(bool(items or failures))
        self.bar.setVisible(bool(items))
        self.cancel_button.setVisible(bool(running))
        self.pause_button.setVisible(bool(running) and running[-1].pausable)
        if not running:
            self._tick.stop()
        if not items:
            self.message.set_text(self._said)
            self.message.setVisible(bool(self._said))
            if failures:
                self.jobs_button.set_text(count(len(failures), "{n} job failed", "{n} jobs failed"))
            else:
                self.popup.hide()
            return
        if running:
            self._said = ""
            if not self._tick.isActive():
                self._tick.start()
        self.message.hide()
        shown = items[-1]
        text = item_text(shown)
        if len(items) > 1:
            text = tr("{job} · {more}", job=text, more=count(len(items) - 1, "{n} more", "{n} more"))
        self.jobs_button.set_text(text)
        self.bar.set_fraction(fraction_of(shown))
        self.bar.setAccessibleDescription(text)
        if isinstance(shown, Job):
            self.cancel_button.set_meaning("close", tr("Stop: {job}", job=shown.title), color="muted")
            self.pause_button.follow(shown)

    def _cancel_shown(self) -> None:
        running = self._jobs.running()
        if running:
            running[-1].cancel()
            self.cancel_requested.emit(running[-1])

    def _pause_shown(self) -> None:
        running = self._jobs.running()
        if running:
            toggle_pause(running[-1])

    def _toggle_popup(self) -> None:
        activities = self._jobs.activities()
        if len(activities) == 1 and not self._jobs.running() and not self._jobs.failures():
            activities[0].opened.emit()
        elif self.popup.isVisible():
            self.popup.hide()
        else:
            self.popup.open_above(self.jobs_button)


class _TextButton(QToolButton):
    """Secondary text that opens something; no frame until it has the focus."""

    def __init__(self, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "status")
        self._tip = tip
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setToolTip(tip)

    def set_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(f"{text}. {self._tip}")
