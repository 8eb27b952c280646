"""The summary: a few sentences of the document, each of which goes to its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from assistant.jobs import Progress
from assistant.types import Evidence, Span, Summary, SummaryLevel
from ui.i18n import tr
from ui.views.own_summary import OwnSummary
from ui.views.row_menu import offer_menu
from ui.views.type_panel import TypeCard
from ui.views.widgets import (
    Column,
    FlowText,
    IconButton,
    LevelSlider,
    Look,
    PageLabel,
    ProgressRow,
    RowButton,
    StateView,
    label,
    page_text,
)

if TYPE_CHECKING:
    from assistant.engine import SectionSummary

State = Literal["none", "loading", "ready", "failed"]
LEVELS: tuple[SummaryLevel, ...] = get_args(SummaryLevel)
_COPIED_MS = 1500


class SummaryPanel(QWidget):
    """The summary above, the small card of the document type below it (:attr:`type_card`).

    - :meth:`set_summary` shows a result; one without sentences is the designed empty state; None: no document.
    - :meth:`set_progress`, :meth:`set_state` (``none``, ``loading``, ``ready``, ``failed`` with a sentence).
    - :meth:`set_level` moves the slider; no signal follows.
    - :meth:`set_current` marks the sentence that the page shows; no signal follows.

    ``level_changed(str)``: ``sentence``, ``short`` or ``detailed``, chosen by the user.
    ``sentence_activated(Span)``: go there. ``copied(str)``: the text is on the clipboard.
    ``retry_requested()``: the button of the failed state.
    """

    level_changed = Signal(str)
    sentence_activated = Signal(object)
    copied = Signal(str)
    retry_requested = Signal()
    mark_toggled = Signal(object)
    """:class:`Evidence`: the user holds it to be important, or does not any more."""
    sections_wanted = Signal(bool)
    """The user wants the summary section by section, or as a whole."""
    export_wanted = Signal(str)
    """``md`` or ``docx``: the summary that is on show is to be a file."""
    hovered = Signal(object)
    """:class:`Span` of the sentence under the pointer or with the focus; None where there is none any more."""
    why_requested = Signal(object, object)
    """:class:`Evidence`: why it is in the summary; and its row."""
    own_saved = Signal(str)
    """A summary in the user's own words; an empty one is removed."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._summary: Summary | None = None
        self._state: State = "none"
        self._rows: list[tuple[Evidence, RowButton]] = []
        self._stars: list[tuple[Evidence, IconButton]] = []
        self._marked: tuple[Span, ...] = ()
        self._marking = False
        self._current: Span | None = None
        self._sections: tuple[SectionSummary, ...] | None = None
        self._by_section = False
        self._by_user = True
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        sizes = look.sizes

        self.slider = LevelSlider(look, tr("Length of the summary"), (tr("One sentence"), tr("Short"), tr("Detailed")))
        self.slider.setValue(LEVELS.index("short"))
        self.slider.valueChanged.connect(self._on_slider)
        self.copy_button = IconButton(look, "copy", tr("Copy the summary"), small=True, color="muted")
        self.copy_button.clicked.connect(self.copy)
        self._copied_timer = QTimer(self)
        self._copied_timer.setSingleShot(True)
        self._copied_timer.setInterval(_COPIED_MS)
        self._copied_timer.timeout.connect(self._show_copy)
        head = QHBoxLayout()
        head.setContentsMargins(sizes.pad, 0, sizes.gap, 0)
        head.setSpacing(sizes.gap)
        head.addWidget(label(tr("Short"), "secondary"))
        head.addWidget(self.slider, 1)
        head.addWidget(label(tr("Detailed"), "secondary"))
        head.addWidget(self.copy_button)
        self.tools = IconButton(look, "menu", tr("Sections, export"), small=True, color="muted")
        self.tools.clicked.connect(lambda: self.tools_menu().popup(_below(self.tools)))
        head.addWidget(self.tools)

        self.column = Column(tr("Summary"))
        self.column.body.setContentsMargins(sizes.grid + 2, 0, sizes.grid + 2, sizes.gap)
        self.column.body.setSpacing(0)
        self.state_view = StateView(look)
        self.state_view.action.connect(self.retry_requested)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.column)
        self._stack.addWidget(self.state_view)
        self.progress = ProgressRow(look)
        self.type_card = TypeCard(look)
        self.own = OwnSummary(look)
        self.own.saved.connect(self.own_saved)
        foot = QVBoxLayout()
        foot.setContentsMargins(sizes.pad, 0, sizes.pad, sizes.gap)
        foot.setSpacing(sizes.pad)
        foot.addWidget(self.progress)
        foot.addWidget(self.own)
        foot.addWidget(self.type_card)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)
        self._show()

    # --- setters ----------------------------------------------------------------------------------------

    def set_summary(self, summary: Summary | None) -> None:
        self._summary = summary
        self._state = "ready" if summary is not None else "none"
        self.progress.set_progress(None)
        if summary is not None:
            self.set_level(summary.level)
        self._build()
        self._show()

    @property
    def by_section(self) -> bool:
        """Whether the user wants to see it section by section."""
        return self._by_section

    @property
    def sections(self) -> tuple[SectionSummary, ...] | None:
        """What is on show, where that is by section."""
        return self._sections if self._by_section else None

    @property
    def summary(self) -> Summary | None:
        return self._summary

    def set_by_section(self, by_section: bool) -> None:
        """As if the user had chosen it."""
        if by_section != self._by_section:
            self._by_section = by_section
            self._sections = None
            self._build()
            self._show()
            self.sections_wanted.emit(by_section)

    def set_sections(self, found: tuple[SectionSummary, ...] | None) -> None:
        """The summaries of the sections; None: they are being made, the whole stays on show."""
        self._sections = found
        self._build()
        self._show()

    def tools_menu(self) -> QMenu:
        """By section or as a whole; export."""
        menu = QMenu(self.tools)
        for by_section, title in ((False, tr("Whole document")), (True, tr("Section by section"))):
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(self._by_section == by_section)
            action.triggered.connect(lambda _=False, by_section=by_section: self.set_by_section(by_section))
        menu.addSeparator()
        for title, suffix in ((tr("Export as Markdown…"), "md"), (tr("Export as Word document…"), "docx")):
            action = menu.addAction(title)
            action.setEnabled(bool(self._rows))
            action.triggered.connect(lambda _=False, suffix=suffix: self.export_wanted.emit(suffix))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def set_state(self, state: State, sentence: str = "") -> None:
        """``loading`` keeps the sentences of the last level on show until the new ones are there."""
        self._state = state
        if state == "none":
            self._summary = None
            self._build()
        if state != "loading":
            self.progress.set_progress(None)
        self._show(sentence)

    def set_progress(self, progress: Progress | None) -> None:
        self.progress.set_progress(progress)

    def set_level(self, level: SummaryLevel) -> None:
        self._by_user = False
        self.slider.setValue(LEVELS.index(level))
        self._by_user = True

    @property
    def level(self) -> SummaryLevel:
        return LEVELS[self.slider.value()]

    def set_current(self, span: Span | None) -> None:
        self._current = span
        for evidence, row in self._rows:
            row.set_current(span is not None and evidence.span == span)

    def set_marking(self, marking: bool) -> None:
        """Whether sentences are being marked: each has its star then, otherwise only those that are important."""
        self._marking = marking
        self._show_stars()

    def set_marked(self, spans: Sequence[Span]) -> None:
        """The places of the sentences that the user holds to be important."""
        self._marked = tuple(spans)
        self._show_stars()

    def set_own(self, text: str) -> None:
        """The summary in the user's own words; an empty string where there is none."""
        self.own.set_text(text)
        self._show_own()

    def _show_stars(self) -> None:
        for evidence, star in self._stars:
            marked = any(span.contains(evidence.span) or evidence.span.contains(span) for span in self._marked)
            tip = tr("Important: marked by you") if marked else tr("Mark as important")
            star.set_meaning("star_full" if marked else "star", tip, color="accent" if marked else "muted")
            star.setVisible(marked or self._marking)
        self._show_own()

    def _show_own(self) -> None:
        """Who only reads is not asked to write."""
        self.own.setVisible(self._state == "ready" and (self._marking or self.own.has_text))

    def copy(self) -> None:
        """Put the sentences on the clipboard, each with its page."""
        if self._summary is None or not self._summary.sentences:
            return
        text = "\n".join(f"{' '.join(s.text.split())} ({page_text(s.page)})" for s, _ in self._rows)
        QGuiApplication.clipboard().setText(text)
        self.copy_button.set_meaning("check", tr("Copied"), color="good")
        self._copied_timer.start()
        self.copied.emit(text)

    # --- what is shown ----------------------------------------------------------------------------------

    def _on_slider(self, value: int) -> None:
        if self._by_user:
            self.level_changed.emit(LEVELS[value])

    def _show_copy(self) -> None:
        self.copy_button.set_meaning("copy", tr("Copy the summary"), color="muted")

    def _build(self) -> None:
        self.column.clear()
        self._rows = []
        self._stars = []
        chips: list[PageLabel] = []
        if self._by_section and self._sections is not None:
            total = sum(len(section.sentences) for section in self._sections)
            for section in self._sections:
                self.column.add(self._heading(section))
                for evidence in section.sentences:
                    chips.append(self._add_row(evidence, len(chips) + 1, total))
        else:
            sentences = self._summary.sentences if self._summary is not None else ()
            for number, evidence in enumerate(sentences, 1):
                chips.append(self._add_row(evidence, number, len(sentences)))
        # All texts begin in one column, whatever the number of digits.
        width = max((chip.sizeHint().width() for chip in chips), default=0)
        for chip in chips:
            chip.setFixedWidth(max(width, self._look.sizes.control))
        self.set_current(self._current)
        self._show_stars()

    def _heading(self, section: SectionSummary) -> QWidget:
        title = section.title or tr("From page {page}", page=section.page)
        sizes = self._look.sizes
        heading = FlowText(self._look, title, role="strong", max_lines=2, parent=self.column.content)
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(sizes.gap + 1, sizes.pad, sizes.gap, 0)
        line.addWidget(heading, 1)
        return box

    def _add_row(self, evidence: Evidence, number: int, total: int) -> PageLabel:
        """One sentence; returns its page's label."""
        row = HoverRow(
            self._look,
            tr(
                "Sentence {n} of {total}, page {page}: {sentence}",
                n=number,
                total=total,
                page=evidence.page,
                sentence=evidence.text,
            ),
            self.column.content,
        )
        row.setToolTip(tr("Go to this sentence on page {page}", page=evidence.page))
        row.hovered.connect(lambda inside: self.hovered.emit(evidence.span if inside else None))
        chip = PageLabel(self._look, evidence.page)
        text = FlowText(self._look, evidence.text)
        row.adopt(chip, text)
        line = QHBoxLayout(row)
        sizes = self._look.sizes
        line.setContentsMargins(sizes.gap + 1, sizes.gap, sizes.gap, sizes.gap)
        line.setSpacing(sizes.gap)
        line.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text, 1)
        star = IconButton(self._look, "star", tr("Mark as important"), small=True, color="muted")
        star.clicked.connect(lambda: self.mark_toggled.emit(evidence))
        line.addWidget(star, 0, Qt.AlignmentFlag.AlignTop)
        self._stars.append((evidence, star))
        row.clicked.connect(lambda: self._activate(evidence.span))
        self._offer_why(row, evidence)
        self.column.add(row)
        self._rows.append((evidence, row))
        return chip

    def _offer_why(self, row: RowButton, evidence: Evidence) -> None:
        offer_menu(
            row,
            (
                (tr("Go to this sentence"), lambda: self._activate(evidence.span)),
                (tr("Why this sentence?"), lambda: self.why_requested.emit(evidence, row)),
            ),
        )

    def _activate(self, span: Span) -> None:
        self.set_current(span)
        self.sentence_activated.emit(span)

    def _show(self, sentence: str = "") -> None:
        sentences = self._summary.sentences if self._summary is not None else ()
        self._show_own()
        self.copy_button.setEnabled(bool(sentences))
        self.slider.setEnabled(self._state != "none")
        show = self.state_view.show_state
        if self._state == "failed":
            show("error", sentence or tr("The summary could not be made."), tr("Try again"))
        elif self._state == "loading" and not sentences:
            show("summary", tr("The summary appears here when the document has been read."))
        elif self._state == "none":
            show("summary", tr("Open a document to read its summary."))
        elif not sentences:
            show("summary", tr("Nothing to summarise: the document has no whole sentences."))
        else:
            self._stack.setCurrentWidget(self.column)
            return
        self._stack.setCurrentWidget(self.state_view)


class HoverRow(RowButton):
    """A row that tells when the pointer or the focus comes to it. ``hovered(bool)``."""

    hovered = Signal(bool)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.hovered.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hovered.emit(False)


def _below(button: QWidget) -> QPoint:
    return button.mapToGlobal(QPoint(0, button.height()))
