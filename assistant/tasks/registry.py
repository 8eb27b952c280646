"""The tasks of this version, one row each."""

from __future__ import annotations

from assistant.errors import UsageError
from assistant.tasks.base import TaskSpec

TASKS: tuple[TaskSpec, ...] = (
    TaskSpec(
        id="summary",
        title="Summary",
        title_zh="摘要",
        help="The sentences that matter most, in the document's own words, each with its place.",
        models=("base",),
        optional_models=("summary",),
        trainable=True,
        row_fields=("title", "sentences", "labels", "reference", "kind"),
        metrics=("rouge1", "rouge2", "rougeLsum"),
        stage="summary",
    ),
    TaskSpec(
        id="entities",
        title="Entities",
        title_zh="实体",
        help="People, organizations, places, dates, amounts and more, with every place where they are named.",
        models=("entities",),
        optional_models=(),
        trainable=True,
        row_fields=("doc", "cased", "text", "entities", "ignored"),
        metrics=("f1", "precision", "recall"),
        stage="entities",
    ),
    TaskSpec(
        id="classification",
        title="Document type",
        title_zh="文档类型",
        help="What kind of document this is, and the sentences that decided.",
        models=("base",),
        optional_models=(),
        trainable=True,
        row_fields=("text", "label"),
        metrics=("accuracy", "macro_f1"),
        stage="classification",
    ),
    TaskSpec(
        id="answers",
        title="Ask",
        title_zh="提问",
        help="Answers in the document's own words, or the news that it does not answer.",
        models=("base", "answers"),
        optional_models=(),
        trainable=True,
        row_fields=("title", "context", "question", "answers"),
        metrics=("f1", "em", "has_answer_f1", "no_answer_auroc"),
        stage="answering",
    ),
)


def task(name: str) -> TaskSpec:
    """The row of a task. Raises :class:`UsageError` where there is none of that name."""
    for spec in TASKS:
        if spec.id == name:
            return spec
    known = ", ".join(spec.id for spec in TASKS)
    raise UsageError("usage", why=f"There is no task named {name!r}. Choose one of: {known}.")
