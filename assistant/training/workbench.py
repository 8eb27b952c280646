"""What a profile has for training: goals, runs, versions; and the steps' work that blocks. No Qt, no torch.

:class:`assistant.training.flow.Workshop` adds the wizards to it.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant.documents.segment import sentences
from assistant.errors import ModelError, UserError
from assistant.inference.manifest import Manifest
from assistant.jobs import Context, JobContext, Progress, Quiet
from assistant.store import codecs
from assistant.training import presets
from assistant.training.answer_examples import ABSENT, ANSWERED, answer_examples
from assistant.training.bases import Bases, classes_of
from assistant.training.examples import Options, entity_examples, type_examples
from assistant.training.files import write_bytes, write_rows
from assistant.training.preparation import HELD, Preparation, held_labels
from assistant.training.questions import Indices
from assistant.training.recipe import Recipe
from assistant.training.runs import Runs
from assistant.training.steps import (
    TASKS,
    Comparison,
    DataState,
    Goal,
    GoalChoice,
    MethodState,
    Parameters,
    PublishState,
    ResultState,
    RunState,
    Task,
    Version,
)
from assistant.training.summary_examples import MARKED, REFERENCE, summary_examples
from assistant.training.versions import Versions
from assistant.types import Document, LabelledDocument, Mention, Span

if TYPE_CHECKING:
    from assistant.inference.catalog import Catalog

_log = logging.getLogger(__name__)

NAMES: dict[Task, str] = {
    "entities": "my-entities",
    "classification": "my-types",
    "answers": "my-answers",
    "summary": "my-summary",
}
"""Of models trained from labels; a name of its own, so that a newer shipped model never has the id of one of them."""
PACKAGES = ("torch", "transformers", "optimum", "onnx", "safetensors")
LIBRARY_DOCUMENTS, LIBRARY_SENTENCES = 40, 200
RESULT, RECORD = "result.bin", "wizard.bin"


class LabelSource(Protocol):
    """As :class:`assistant.labelling.Labels` is one."""

    def labelled_documents(self) -> tuple[LabelledDocument, ...]: ...


@dataclass(frozen=True, slots=True)
class WizardRecord:
    """What a wizard had chosen when its run was started; in the run's folder."""

    goal: Goal
    data: DataState
    method: MethodState


class Workbench:
    """See the module. Thread-safe."""

    def __init__(
        self,
        data: Path,
        shipped: Path,
        labels: LabelSource,
        catalog: Callable[[], Catalog],
        texts: Callable[[], Iterable[Document]] = tuple,
        network: Callable[[], bool] = lambda: False,
    ) -> None:
        """``data``: the profile's folder of what must not be lost; ``texts``: documents whose text is kept;
        ``network``: whether the user allows downloads of models now."""
        self._shipped, self._labels, self._catalog, self._texts = shipped, labels, catalog, texts
        self._runs = Runs(data / "runs", shipped)
        self._versions = Versions(catalog, shipped, data / "models")
        self._bases = Bases(data, shipped, self._versions, catalog, network)
        self._indices = Indices()
        self._lock = threading.Lock()
        self._suggested: dict[tuple[str, str, int], tuple[Mention, ...]] = {}

    # --- goals ---

    def goals(self) -> tuple[GoalChoice, ...]:
        """What can be trained, and what each model can do now. Reads labels and manifests: not for the main thread."""
        kinds = {"entity": "entities", "type": "classification", "answer": "answers", "salient": "summary"}
        counts: dict[str, tuple[int, int]] = {}
        for document in self._labels.labelled_documents():
            found: dict[str, int] = {}
            for label in document.labels:
                task = kinds.get(label.kind, "summary")
                found[task] = found.get(task, 0) + 1
            for task, count in found.items():
                labels, documents = counts.get(task, (0, 0))
                counts[task] = labels + count, documents + 1
        why = "training_unavailable" if self.missing_packages() else ""
        return tuple(
            GoalChoice(
                task, *self._now(task), *counts.get(task, (0, 0)),
                available=not why,
                why=why,
            )
            for task in TASKS
        )  # fmt: skip

    def _now(self, task: Task) -> tuple[str, tuple[str, ...], dict[str, float]]:
        try:
            manifest = self._catalog().active(task).manifest
        except ModelError:
            return "", (), {}
        return manifest.id, classes_of(manifest), manifest.metrics

    @staticmethod
    def missing_packages() -> list[str]:
        """Packages of the extra ``train`` that are not installed."""
        return [name for name in PACKAGES if importlib.util.find_spec(name) is None]

    def labels_after(self, version: Version) -> tuple[str, ...]:
        """Ids of the labels of its task that a version was not made of, being newer. Reads the labels.

        They are those since its run was prepared: what was labelled while it trained came too late for it.
        """
        task: Task = next(task for task in TASKS if task == version.task)
        lineage = Manifest.read(version.folder).training.get("labels")
        read = float((lineage if isinstance(lineage, dict) else {}).get("read") or version.created)
        kinds = {
            "entities": ("entity",), "classification": ("type",), "answers": ("answer",),
            "summary": ("salient", "summary"),
        }[task]  # fmt: skip
        return tuple(
            label.id
            for document in self._labels.labelled_documents()
            for label in document.labels
            if label.kind in kinds and label.time > read
        )

    def curve_says(self) -> dict[Task, bool]:
        """By task: whether more labels would still help, by the newest run that measured its learning curve."""
        found: dict[Task, bool] = {}
        for state in self.runs():
            if state.status == "finished" and state.task not in found:
                try:
                    helps = self.result(state.id).more_labels_help
                except UserError as error:
                    _log.info("no result of %s: %s", state.id, error.code)
                    continue
                if helps is not None:
                    found[state.task] = helps
        return found

    # --- data ---

    def prepare(self, goal: Goal, without: Sequence[str], ctx: JobContext) -> Preparation:
        """Examples of the labels, split and checked. Blocks: the current model reads the labelled documents."""
        read = time.time()
        made = self._prepared(goal, without, ctx)
        return replace(made, read=read)

    def _prepared(self, goal: Goal, without: Sequence[str], ctx: JobContext) -> Preparation:
        documents = self._labels.labelled_documents()
        if goal.task == "answers":
            documents = tuple(item for item in documents if any(label.kind == "answer" for label in item.labels))
        options = Options(None if goal.documents is None else frozenset(goal.documents), frozenset(without))
        known = self._now(goal.task)[1]
        if goal.task == "classification":
            examples = type_examples(documents, options, ctx.check)
            return Preparation.of(goal.task, examples, known, None)
        if goal.task == "summary":
            marked = summary_examples(documents, options, ctx.check)
            return Preparation.of(goal.task, marked, (MARKED, REFERENCE), self._replay_of(goal.task))
        done = 0
        if goal.task == "answers":
            encoder = self._catalog().encoder()

            def rank(document: Document, questions: Sequence[str]) -> list[list[Span]]:
                nonlocal done
                done += 1
                ctx.report(Progress("preparing", done, len(documents)))
                return self._indices.rank(document, questions, encoder, ctx)

            asked = answer_examples(documents, rank, options, ctx.check)
            return Preparation.of(goal.task, asked, (ANSWERED, ABSENT), self._replay_of(goal.task))

        def suggest(document: LabelledDocument) -> tuple[Mention, ...]:
            nonlocal done
            done += 1
            ctx.report(Progress("preparing", done, len(documents)))
            return self._mentions(document, ctx)

        examples = entity_examples(documents, suggest, options, ctx.check)
        return replace(Preparation.of(goal.task, examples, known, self._replay_of(goal.task)), suggested=True)

    def _mentions(self, document: LabelledDocument, ctx: JobContext) -> tuple[Mention, ...]:
        """What the current model finds there; kept, as the step Data is often gone back to."""
        from assistant.tasks.entities import find_entities

        model = self._catalog().entities()
        key = (document.sha256, model.name, hash(document.text))
        with self._lock:
            if key in self._suggested:
                return self._suggested[key]
        quiet = Quiet(ctx)
        found = tuple(
            mention
            for mention in find_entities(document.as_document(), model, quiet).mentions
            if mention.source.startswith("model:") or mention.source == "document"
        )
        with self._lock:
            self._suggested[key] = found
        return found

    # --- method ---

    def starts(self, task: Task) -> tuple[str, ...]:
        """As :meth:`Bases.starts`."""
        return self._bases.starts(task)

    def start_of(self, task: Task, start: str) -> tuple[str, Path | None]:
        """As :meth:`Bases.start_of`."""
        return self._bases.start_of(task, start)

    def fetch(self, task: Task, start: str, ctx: JobContext) -> None:
        """As :meth:`Bases.fetch`."""
        self._bases.fetch(task, start, ctx)

    def _replay_of(self, task: Task) -> Path | None:
        """Earlier examples that ship for a task."""
        path = self._shipped / "replay" / f"{task}.jsonl.gz"
        return path if path.is_file() else None

    def speed(self, task: Task) -> float | None:
        """Rows a second of an earlier run, as if nothing had been frozen; None where there was none."""
        for state in self._runs.all():
            if state.task == task and state.status == "finished" and state.examples_per_second:
                return state.examples_per_second * 0.6
        return None

    # --- train ---

    def start(
        self, goal: Goal, prepared: Preparation, data: DataState, method: MethodState, name: str = ""
    ) -> RunState:
        """Write a run's folder and start its trainer. Raises UserError."""
        if self.missing_packages():
            raise UserError("training_unavailable")
        task, values = goal.task, presets.validated(method.parameters)
        start, place = self.start_of(task, values.start)
        known = self._bases.known(place)
        folder = self._runs.new_folder()
        try:
            sources, labels = prepared.write(folder, values, known)
            write_bytes(folder / RECORD, codecs.encode(WizardRecord(goal, data, method)))
            library = self._write_library(folder) if task == "entities" else ""
            held = held_labels(folder / HELD)
            current, _, _ = self._now(task)
            current_folder = str(self._catalog().active(task).folder) if current else ""
            description = (
                f"Trained from {sum(row.total for row in data.classes)} labels in {len(data.documents)} documents."
            )
            recipe = presets.recipe(NAMES[task], task, "1", sources, labels, values, start, description)
            tested = [label for label in labels if label in held] if task == "entities" else sorted({*labels, *held})
            job = {
                "recipe": json.loads(recipe.to_json()),
                "start": "" if place is None else str(place.resolve()),
                "labels": {
                    "run": folder.name,
                    "test": HELD,
                    "tested": tested,
                    "known": list(self._now(task)[1]),
                    "current": current_folder,
                    "current_id": current or ("zero-shot" if task == "classification" else ""),
                    "replay": str(self._replay_of(task) or ""),
                    "curve": values.learning_curve,
                    "search_minutes": method.search_minutes,
                    "library": library,
                    "lineage": {
                        "parent": start,
                        "run": folder.name,
                        "labels": {
                            "read": prepared.read,
                            "documents": len([row for row in data.documents if not row.left_out]),
                            "classes": {row.label: row.total for row in data.classes if not row.left_out},
                            "held_out": [row.document for row in data.documents if row.side == "test"],
                            "trained_on": [row.document for row in data.documents if row.side == "train"],
                        },
                    },
                },
            }
            Recipe.from_mapping(job["recipe"])
            return self._runs.add(folder, task, name or _title(task, data), job)
        except BaseException:
            self._drop(folder)
            raise

    @staticmethod
    def _drop(folder: Path) -> None:
        import shutil

        shutil.rmtree(folder, ignore_errors=True)

    def _write_library(self, folder: Path) -> str:
        """The documents whose text is kept, for what would change in them. Its name below the folder."""
        rows: list[dict[str, Any]] = []
        for document in self._texts():
            if len(rows) >= LIBRARY_DOCUMENTS:
                break
            spans = [sentence.span for sentence in sentences(document)][:LIBRARY_SENTENCES]
            rows.append(
                {
                    "document": document.sha256, "path": str(document.path),
                    "title": document.title or document.path.name,
                    "rows": [[span.start, span.of(document.text)] for span in spans],
                }
            )  # fmt: skip
        if not rows:
            return ""
        write_rows(folder / "rows/library.jsonl", rows)
        return "rows/library.jsonl"

    def runs(self) -> tuple[RunState, ...]:
        """All runs of the profile, newest first; those of an earlier session that did not end are ``interrupted``."""
        return self._runs.all()

    def run(self, run: str) -> RunState:
        """Raises UsageError ``run_missing``, UserError ``run_damaged``."""
        return self._runs.state(run)

    def pause(self, run: str) -> None:
        """Stop at the next step, with a checkpoint. Returns at once; the state follows."""
        self._runs.pause(run)

    def resume(self, run: str) -> None:
        """Go on from the checkpoint: of a paused, interrupted or failed run."""
        self._runs.resume(run)

    def stop(self, run: str) -> None:
        """Stop and keep the best state until now: it is exported and compared as at the end."""
        self._runs.stop(run)

    def cancel(self, run: str) -> None:
        """Stop and throw the run's files away (not the labels)."""
        self._runs.cancel(run)

    def forget(self, run: str) -> None:
        """Delete a run that is not running. A model that was published from it stays."""
        self._runs.forget(run)

    def wait(self, run: str, timeout: float | None = None) -> RunState:
        """Block until the run does not go on by itself any more: ended, paused, or failed."""
        return self._runs.wait(run, timeout)

    def subscribe(self, callback: Callable[[RunState], None]) -> Callable[[], None]:
        """Be told of every change of a run (at most about 4 a second each); the result ends it."""
        return self._runs.subscribe(callback)

    def record(self, run: str) -> WizardRecord:
        """What was chosen for a run. Raises UserError ``run_damaged``."""
        try:
            return codecs.decode(WizardRecord, (self._runs.place(run) / RECORD).read_bytes())
        except (OSError, codecs.CodecError) as error:
            raise UserError("run_damaged", run=run) from error

    # --- result and publish ---

    def result(self, run: str) -> ResultState:
        """Raises UserError ``run_damaged``."""
        try:
            return codecs.decode(ResultState, (self._runs.place(run) / RESULT).read_bytes())
        except (OSError, codecs.CodecError) as error:
            raise UserError("run_damaged", run=run) from error

    def publish_state(self, run: str) -> PublishState:
        """What publishing would do, or did."""
        folder, result, state = self._runs.place(run) / "model", self.result(run), self._runs.state(run)
        manifest = Manifest.read(folder)
        int8, fp32 = manifest.settings.get("int8_f1"), manifest.settings.get("fp32_f1")
        active = False
        if state.published:
            name, _, version = state.published.partition("@")
            active = any(row.id == state.published and row.active for row in self._versions.all())
        else:
            name, version = manifest.name, ""
        return PublishState(
            run, name, version, "int8" if manifest.precision == "int8" else "fp32",
            float(manifest.settings.get("parity", 0.0)), int8, fp32,
            None if int8 is None or fp32 is None else round(fp32 - int8, 4),
            manifest.size, float(manifest.settings.get("milliseconds", 0.0)), result.verdict == "worse",
            state.published, active, "" if active else self._not_compared(state.task, result),
        )  # fmt: skip

    def _not_compared(self, task: Task, result: ResultState) -> str:
        """The model in use, where the result says nothing of it: another one was activated since the run began."""
        now = self._now(task)[0]
        return "" if now in (result.current, "") else now

    def publish(
        self, run: str, ctx: JobContext, *, activate: bool = True, insist: bool = False, title: str = ""
    ) -> PublishState:
        """Install the run's model and make it active; see :meth:`assistant.training.flow.Wizard.publish`."""
        state, result = self._runs.state(run), self.result(run)
        installed = {row.id for row in self._versions.all()}
        version = state.published if state.published in installed else ""
        ctx.check()
        if not version:
            folder = self._runs.place(run) / "model"
            metrics = {**Manifest.read(folder).metrics, **_metrics(result)}
            version = self._versions.install(folder, NAMES[state.task], metrics=metrics)
            self._runs.published(run, version)
        if title:
            self._versions.rename(version, title)
        if activate and (insist or (result.verdict != "worse" and not self._not_compared(state.task, result))):
            self._versions.activate(version)
        return self.publish_state(run)

    # --- versions ---

    def versions(self) -> tuple[Version, ...]:
        """All installed models, by task, newest first."""
        return self._versions.all()

    def compare(self, one: str, other: str) -> Comparison:
        """Two versions side by side. Raises UsageError ``version_missing``."""
        return self._versions.compare(one, other)

    def activate(self, version: str) -> Version:
        """Use this version from now on. Raises ModelError where it is damaged or missing; the pointer then stays."""
        return self._versions.activate(version)

    def roll_back(self, task: str) -> Version:
        """Back to the version that was active before. Raises UsageError ``no_version_before``."""
        return self._versions.roll_back(task)

    def rename(self, version: str, title: str) -> Version:
        """Give it another title; its id, which results refer to, stays."""
        return self._versions.rename(version, title)

    def delete(self, version: str) -> None:
        """Raises UsageError ``version_active`` or ``version_shipped``."""
        self._versions.delete(version)

    def export(self, version: str, folder: Path, ctx: JobContext) -> Path:
        """A standard folder that ``transformers`` and ``optimum.onnxruntime`` load. Blocks; starts a process."""
        from assistant.training.exporting import export_standard

        row = self._versions.one(version)
        if self.missing_packages():
            raise UserError("training_unavailable")
        return export_standard(row.folder, self._shipped, folder, ctx)

    def import_model(self, folder: Path, ctx: JobContext, task: Task | None = None) -> Version:
        """Install a folder. Raises ModelError: pickles, wrong hashes, a vocabulary that does not fit ..."""
        from assistant.training.importing import import_folder

        return self._versions.one(import_folder(folder, self._shipped, self._versions, ctx, task))

    def shutdown(self) -> None:
        """Leave what runs with a checkpoint (``interrupted``) and wait for it. May be called again."""
        self._runs.shutdown()


def _title(task: Task, data: DataState) -> str:
    names = [row.label for row in data.classes if not row.left_out][:3]
    if task in ("answers", "summary"):
        names = [row.title for row in data.documents if not row.left_out][:1]
    return ", ".join(names)


def _metrics(result: ResultState) -> dict[str, float]:
    """What the list of models shows."""
    figures = {"held-out/f1": result.overall.f1.value, "held-out/documents": float(result.documents)}
    figures |= {f"held-out/{item.name}": item.value.value for item in result.figures}
    if result.before is not None:
        figures["held-out/f1 of the model before"] = result.before.value
    return figures | {f"held-out/{row.label}/f1": row.f1.value for row in result.classes if row.gold}


__all__ = ["Context", "Parameters", "WizardRecord", "Workbench"]
