"""Whether there are labels enough to train with: in words, with a bar."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from assistant.types import LabelCount, LabelCounts
from ui.i18n import count, label_name, number_text, tr
from ui.models.training import task_title
from ui.views.widgets import Card, FlowText, Look, ThinBar, label

_COUNTED = ("entity", "type", "answer", "salient", "summary")


def count_title(row: LabelCount, titles: Mapping[str, str]) -> str:
    """What is counted, in words."""
    if row.kind == "answer":
        return tr("Answers")
    if row.kind == "salient":
        return tr("Important sentences")
    if row.kind == "summary":
        return tr("Summaries of your own")
    return titles.get(row.value) or label_name(row.value)


def foremost(counts: LabelCounts) -> LabelCount | None:
    """The kind of label that is worth going on with: the furthest one that still needs more."""
    begun = [row for row in counts.rows if row.kind in _COUNTED and row.labels > 0 and row.needed > 0]
    return max(begun, key=lambda row: (row.labels / (row.labels + row.needed), row.labels), default=None)


class RetrainCard(Card):
    """:meth:`set_counts` fills it; None while they are not known."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.heading = label(tr("Ready to retrain?"), "strong")
        self.words = FlowText(look, role="secondary", color="muted")
        self.bar = ThinBar(look, tr("Labels for training"))
        self.body.setSpacing(look.sizes.gap)
        for part in (self.heading, self.words, self.bar):
            self.body.addWidget(part)
        self.curve = FlowText(look, role="secondary", color="muted")
        self.body.addWidget(self.curve)
        self.set_counts(None, {})
        self.set_curve({})

    def set_counts(self, counts: LabelCounts | None, titles: Mapping[str, str]) -> None:
        """``titles``: names of entity and document types by theirs of the engine."""
        rows = [row for row in counts.rows if row.labels > 0] if counts is not None else []
        row = foremost(counts) if counts is not None else None
        self.bar.setVisible(bool(rows))
        if not rows:
            self.words.set_text(tr("Your labels of all documents train the models. Accept or mark a few to begin."))
        elif row is not None:
            self._show_row(row, titles, sum(each.needed > 0 for each in rows) - 1)
        else:
            total = sum(each.labels for each in rows)
            documents = counts.documents if counts is not None else 0
            self.words.set_text(
                tr(
                    "{labels} in {documents}: enough to train with.",
                    labels=count(total, "{n} label", "{n} labels"),
                    documents=count(documents, "{n} document", "{n} documents"),
                )
            )
            self.bar.set_fraction(1.0)

    def set_curve(self, says: Mapping[str, bool]) -> None:
        """``says``: by task, whether more labels would still help, as the last learning curve measured it."""
        words = [
            tr("{what}: by the last learning curve, more labels would still help.", what=task_title(task))
            if helps
            else tr(
                "{what}: by the last learning curve, more labels of this kind would help little.", what=task_title(task)
            )
            for task, helps in says.items()
        ]
        self.curve.set_text(" ".join(words))
        self.curve.setVisible(bool(words))

    def _show_row(self, row: LabelCount, titles: Mapping[str, str], others: int) -> None:
        name, total = count_title(row, titles), row.labels + row.needed
        sentence = tr(
            "{name}: {n} of {total} labels. {more}",
            name=name,
            n=number_text(row.labels),
            total=number_text(total),
            more=count(row.needed, "{n} more would help.", "{n} more would help."),
        )
        if others > 0:
            sentence += " " + count(others, "{n} other type needs more, too.", "{n} other types need more, too.")
        self.words.set_text(sentence)
        self.bar.set_fraction(row.labels / total)
        self.bar.setToolTip(tr("{n} of {total}", n=number_text(row.labels), total=number_text(total)))
