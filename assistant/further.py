"""What is found on top of findings: questions worth asking, similar passages, sections, companions, reasons.

Thread-safe. The methods are those of :class:`assistant.engine.Engine`, which hands them on.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.findings import Findings
from assistant.insights import Companion, Explanation, SectionSummary
from assistant.jobs import JobContext, Progress, Quiet
from assistant.kept import Makeshift
from assistant.tasks.document_types import types_hash
from assistant.types import Answer, Answers, Document, Entities, Entity, Evidence, Mention, Span, SummaryLevel


@dataclass(frozen=True, slots=True)
class _Questions:
    """As they are kept."""

    questions: tuple[str, ...]


class Further(Findings):
    """See the module."""

    def suggest(self, document: Document, ctx: JobContext) -> tuple[str, ...]:
        """Up to four questions that the document answers with confidence. Publishes them as they are found.

        Each candidate is asked, so that a click shows its answer at once. Raises ``ModelError``.
        """

        def make(ctx: JobContext) -> _Questions:
            from assistant.tasks.suggesting import TRIED, WANTED, candidates, is_worth_showing

            kind = self._given_type(document) or self.classify(document, ctx).label
            asked = candidates(document, kind, self.entities(document, Quiet(ctx)))
            shown: list[Answers] = []
            for number, item in enumerate(asked):
                ctx.check()
                ctx.report(Progress("answering", number, min(TRIED, len(asked))))
                answers = self.ask(document, item.question, Quiet(ctx))
                if is_worth_showing(answers, shown, item.section):
                    shown.append(answers)
                    ctx.publish(tuple(each.question for each in shown))
                if len(shown) == WANTED:
                    break
            return _Questions(tuple(each.question for each in shown))

        version = self._version("embeddings", "answers", "entities", "classification")
        given = self._given_type(document) or ""
        return self._keeper.finding(
            document, "questions", version, f"{types_hash(self.document_types())}/{given}", _Questions, make, ctx
        ).questions

    def similar(self, document: Document, place: Span, ctx: JobContext) -> tuple[Evidence, ...]:
        """The passages that say something near to the one at ``place``, best first. Raises ``ModelError``."""
        from assistant.tasks.similar import similar

        return similar(self.index(document, ctx), place, ctx)

    def sections(self, document: Document, ctx: JobContext, level: SummaryLevel) -> tuple[SectionSummary, ...]:
        """A summary under each heading. Raises ``ModelError``."""
        from assistant.tasks.sections import Sections, summarize_sections

        def make(ctx: JobContext) -> Sections | Makeshift[Sections]:
            index = self.index(document, ctx)
            salience = self._optional("summary", ctx)
            found = summarize_sections(document, index, salience, level, ctx)
            return self._made(document, found, whole=salience is not None)

        version = self._version("embeddings", "summary")
        return self._keeper.finding(document, "sections", version, level, Sections, make, ctx).sections

    def companions(self, document: Document, found: Entities, entity: Entity, ctx: JobContext) -> tuple[Companion, ...]:
        """Who, and what, is named in the same sentences as ``entity``. Raises Cancelled."""
        from assistant.documents import segment
        from assistant.tasks.companions import companions

        return companions(document, segment.sentences(document, ctx.check), found, entity, ctx)

    def people(
        self, document: Document, found: Entities, ctx: JobContext
    ) -> tuple[tuple[Entity, tuple[Companion, ...]], ...]:
        """Every person of ``found`` with whom, and with what, they are named. Raises Cancelled."""
        from assistant.documents import segment
        from assistant.tasks.companions import people

        return people(document, segment.sentences(document, ctx.check), found, ctx)

    def explain_mention(self, document: Document, mention: Mention, ctx: JobContext) -> Explanation:
        """Why these words are an entity of this type."""
        from assistant.tasks.explaining import explain_mention

        model = self._optional("entities", ctx) if mention.source.startswith("model:") else None
        return explain_mention(document, mention, model, ctx)

    def explain_answer(self, document: Document, question: str, answer: Answer, ctx: JobContext) -> Explanation:
        """Why this is the answer. Raises ``ModelError``."""
        from assistant.tasks.explaining import explain_answer

        reader, encoder = self._model("answers", ctx), self._model("encoder", ctx)
        return explain_answer(document, question, answer, reader, encoder, ctx)

    def explain_type(self, document: Document, label: str, place: Span, ctx: JobContext) -> Explanation:
        """Why the sentence at ``place`` speaks for the type. Raises ``ModelError``."""
        from assistant.tasks.explaining import explain_type

        types = self.document_types()
        number = next((n for n, item in enumerate(types) if item.id == label), None)
        if number is None:
            # A type of a trained model that is not in the list: what speaks for another one would be no reason.
            return Explanation("type", label, place, document.page_at(place.start), (), "other", 0.0, 0.0)
        encoder = self._model("encoder", ctx)
        return explain_type(document, label, place, number, self._type_vectors(types, encoder, ctx), encoder, ctx)

    def explain_sentence(self, document: Document, evidence: Evidence, ctx: JobContext) -> Explanation:
        """Why the sentence is in the summary. Raises ``ModelError``."""
        from assistant.tasks.explaining import explain_sentence

        index, encoder = self.index(document, ctx), self._model("encoder", ctx)
        return explain_sentence(index, evidence, self._optional("summary", ctx), encoder, ctx)
