"""Where a label helps most, and which labels do not go together: the two lists over all documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from assistant.types import Disagreement, Label, LabelCounts, QueueItem, Span
from ui.i18n import count, label_name, number_text, tr
from ui.models.label_session import LabelSession
from ui.views.label_list import ListRow, RowAction
from ui.views.label_words import what_text
from ui.views.retrain_card import count_title
from ui.views.side_panels import SidePanels
from ui.views.widgets import page_text, score_text

_QUEUE = 60


class QueueLists(QObject):
    """Fills the lists ``queue`` and ``disagreements`` of the Labels panel. Main thread only."""

    place_activated = Signal(object)
    """:class:`Span` in the document that is open here."""
    document_activated = Signal(object, str, object)
    """Path, SHA-256 and :class:`Span` or None: a place in another document."""

    removed = Signal(object)
    """:class:`Label` of the document that is open here."""

    def __init__(
        self, labels: LabelSession, panels: SidePanels, token: Callable[[str], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._labels = labels
        self._panels = panels
        self._token = token
        self._paths: dict[str, tuple[Path, str]] = {}

    def fill(self, key: str, titles: Mapping[str, str]) -> None:
        """Ask for a list, then show it."""
        if key == "queue":
            self._labels.ask(lambda labels: labels.queue(_QUEUE), lambda items: self._show_queue(items, titles))
        elif key == "disagreements":
            self._labels.ask(
                lambda labels: (labels.disagreements(), _documents(labels)),
                lambda found: self._show_disagreements(found[0], found[1], titles),
            )

    # --- the queue -------------------------------------------------------------------------------------------

    def _show_queue(self, items: tuple[QueueItem, ...], titles: Mapping[str, str]) -> None:
        counts = self._labels.state.counts
        rows = [self._queue_row(item, titles) for item in items]
        progress = _progress(counts, titles) if counts is not None else []
        if progress:
            rows += [ListRow(tr("Labels for training"), "", heading=True), *progress]
        self._panels.labels.lists["queue"].set_rows(rows, len(items))

    def _queue_row(self, item: QueueItem, titles: Mapping[str, str]) -> ListRow:
        name = titles.get(item.value) or label_name(item.value) if item.value else ""
        why = {
            "uncertain": tr("{type}: {score}", type=name, score=score_text(item.score)),
            "rare": tr("{type}: few labels of it so far", type=name),
            "different": tr("unlike what you have labelled so far"),
            "untouched": tr("nothing labelled in this document yet"),
        }[item.reason]
        here = self._labels.document is not None and item.document == self._labels.document.sha256
        where = "" if item.span is None else page_text(item.page)
        if not here:
            where = f"{item.path.name}, {where}" if where else item.path.name
        title = " ".join(item.text.split()) or item.title or item.path.name
        if item.kind == "type":
            title = tr("Document type of {name}", name=item.title or item.path.name)
        return ListRow(
            title,
            " · ".join(part for part in (f"{why[:1].upper()}{why[1:]}", where) if part),
            token=self._token(item.value) if item.kind == "entity" and item.value else "",
            dashed=True,
            activate=lambda: self._go(item.document, item.path, item.span),
        )

    # --- disagreements ---------------------------------------------------------------------------------------

    def _show_disagreements(
        self, found: tuple[Disagreement, ...], paths: Mapping[str, tuple[Path, str]], titles: Mapping[str, str]
    ) -> None:
        rows: list[ListRow] = []
        for each in found:
            why = {
                "same_text": tr("the same words, labelled differently"),
                "overlap": tr("labels that overlap"),
                "same_place": tr("yes and no at the same place"),
                "near_duplicate": tr("documents that are nearly the same"),
                "two_answers": tr("one question with different answers"),
            }[each.reason]
            words = " ".join(each.text.split())[:60]
            rows.append(ListRow(f"{words}: {why}" if words else why[:1].upper() + why[1:], "", heading=True))
            rows += [self._disagreement_row(label, paths, titles) for label in each.labels]
        panel = self._panels.labels
        panel.lists["disagreements"].set_rows(rows, len(found))
        panel.set_disagreements(len(found))

    def _disagreement_row(
        self, label: Label, paths: Mapping[str, tuple[Path, str]], titles: Mapping[str, str]
    ) -> ListRow:
        path, title = paths.get(label.document, (Path(), ""))
        page = page_text(label.anchor.page) if label.anchor is not None else ""
        here = self._labels.document is not None and label.document == self._labels.document.sha256
        where = page if here else ", ".join(part for part in (path.name, page) if part)
        span = label.anchor.span if label.anchor is not None else None
        return ListRow(
            " ".join(label.text.split()) or title or what_text(label, titles),
            " · ".join(part for part in (what_text(label, titles), where) if part),
            token=self._token(label.value) if label.kind == "entity" else "",
            struck=label.verdict == "no",
            activate=lambda: self._go(label.document, path, span),
            actions=(RowAction("trash", tr("Remove this label"), "bad", lambda: self.removed.emit(label)),)
            if here
            else (),
        )

    def _go(self, document: str, path: Path, span: Span | None) -> None:
        here = self._labels.document
        if here is not None and here.sha256 == document:
            if span is not None:
                self.place_activated.emit(span)
            else:
                self._panels.right_switch.set_current("type")
        elif path != Path():
            self.document_activated.emit(path, document, span)


def _documents(labels: object) -> dict[str, tuple[Path, str]]:
    """Where each labelled document is, and its title."""
    return {each.sha256: (each.path, each.title) for each in labels.labelled_documents()}  # type: ignore[attr-defined]


def _progress(counts: LabelCounts, titles: Mapping[str, str]) -> list[ListRow]:
    """How far each class is that somebody has begun with."""
    rows: list[ListRow] = []
    for row in counts.rows:
        if row.labels == 0:
            continue
        total = row.labels + row.needed
        more = count(row.needed, "{n} more needed", "{n} more needed") if row.needed else tr("enough to train with")
        words = tr("{n} of {total} labels, {more}", n=number_text(row.labels), total=number_text(total), more=more)
        if not row.needed:
            words = f"{count(row.labels, '{n} label', '{n} labels')}, {more}"
        rows.append(ListRow(count_title(row, titles), words, fraction=row.labels / total))
    return rows
