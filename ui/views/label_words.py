"""What happened to labels, and where a label helps, in words and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QDateTime, QLocale

from assistant.types import Label, LabelEvent
from ui.i18n import label_name, tr
from ui.views.label_list import ListRow, RowAction
from ui.views.left_out import LeftOut
from ui.views.widgets import page_text


def time_text(seconds: float) -> str:
    """When something happened: the time today, the date with it before."""
    moment, now = QDateTime.fromSecsSinceEpoch(round(seconds)), QDateTime.currentDateTime()
    locale = QLocale()
    if moment.date() == now.date():
        return locale.toString(moment.time(), QLocale.FormatType.ShortFormat)
    return locale.toString(moment, QLocale.FormatType.ShortFormat)


def what_text(label: Label, titles: Mapping[str, str]) -> str:
    """What a label says, without its words: "Person", "not a person", "important sentence" ..."""
    name = titles.get(label.value) or label_name(label.value)
    if label.kind == "entity":
        return name if label.verdict == "yes" else tr("not: {type}", type=name)
    if label.kind == "type":
        return tr("document type {type}", type=name)
    if label.kind == "salient":
        return tr("important sentence")
    if label.kind == "summary":
        return tr("summary of your own")
    if label.anchor is None:
        return tr("not in this document: {question}", question=label.value)
    if label.verdict == "no":
        return tr("wrong answer: {question}", question=label.value)
    return tr("answer: {question}", question=label.value)


def event_text(event: LabelEvent, titles: Mapping[str, str]) -> str:
    """What an event did."""
    if event.action == "type":
        name = event.label_type.title if event.label_type is not None else ""
        return tr("Type {type} changed", type=name)
    before, after = event.before, event.after
    if after is None and before is not None:
        what = tr("Removed: {what}", what=what_text(before, titles))
    elif before is None and after is not None:
        what = _made(after, titles)
    elif before is not None and after is not None:
        what = _changed(before, after, titles)
    else:
        what = ""
    if event.action == "undo":
        return tr("Undone. {what}", what=what)
    if event.action == "redo":
        return tr("Redone. {what}", what=what)
    return what


def _made(label: Label, titles: Mapping[str, str]) -> str:
    what = what_text(label, titles)
    if label.kind == "entity" and label.verdict == "no":
        return tr("Rejected: {what}", what=what)
    kind = label.origin.partition(":")[0]
    if kind == "confirmed":
        return tr("Confirmed: {what}", what=what)
    if kind == "corrected":
        return tr("Corrected: {what}", what=what)
    if kind == "import":
        return tr("Imported: {what}", what=what)
    return tr("Marked: {what}", what=what)


def _changed(before: Label, after: Label, titles: Mapping[str, str]) -> str:
    old, new = what_text(before, titles), what_text(after, titles)
    if old != new:
        return tr("{before} became {after}", before=old, after=new)
    if before.text != after.text:
        return tr("Was “{words}”: {what}", words=" ".join(before.text.split())[:60], what=new)
    return tr("Moved: {what}", what=new)


def event_row(
    event: LabelEvent,
    titles: Mapping[str, str],
    token: Callable[[str], str],
    go: Callable[[Label], None],
    without: LeftOut,
) -> ListRow:
    """A row of the history."""
    label = event.after or event.before
    words = " ".join(label.text.split()) if label is not None else ""
    parts = [event_text(event, titles), time_text(event.time)]
    if label is not None and label.anchor is not None:
        parts.insert(1, page_text(label.anchor.page))
    entity = label is not None and label.kind == "entity" and bool(words)
    gone = event.undone or event.after is None or event.after.verdict == "no"
    placed = label is not None and label.anchor is not None
    return ListRow(
        words or parts[0],
        " · ".join(parts if words else parts[1:]),
        token=token(label.value) if entity and label is not None else "",
        struck=entity and gone,
        faded=event.undone or (label is not None and without.holds(label)),
        activate=(lambda: go(label)) if placed and label is not None else None,
        actions=without.actions(label) if label is not None and event.after is not None and not event.undone else (),
    )


def lost_row(
    label: Label,
    titles: Mapping[str, str],
    token: Callable[[str], str],
    place: Callable[[Label], None],
    remove: Callable[[Label], None],
) -> ListRow:
    """A label that waits for its place."""
    page = page_text(label.anchor.page) if label.anchor is not None else ""
    detail = " · ".join(part for part in (what_text(label, titles), tr("was on {page}", page=page)) if part)
    return ListRow(
        " ".join(label.text.split()),
        detail,
        token=token(label.value) if label.kind == "entity" else "",
        dashed=True,
        actions=(
            RowAction("lost", tr("Put it at the selected words"), "accent", lambda: place(label)),
            RowAction("trash", tr("Remove the label"), "bad", lambda: remove(label)),
        ),
    )
